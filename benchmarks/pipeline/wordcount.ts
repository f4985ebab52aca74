import { serdes, StreamsBuilder, type Topology } from "millrace";
import { timed, type Bench } from "../bench.js";
import { line, wordsPerLine } from "./data.js";
import { runEmbedded } from "./embedded-run.js";

function topology(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  builder
    .stream("lines")
    .flatMapValues((text) => text.split(" ").filter(Boolean))
    .groupBy((_, word) => word)
    .count({ store: "word-counts" })
    .toStream()
    .to("words-out", { value: serdes.nullable(serdes.long) });
  return builder.build();
}

export const embeddedWordCount: Bench = {
  name: "embedded: word count through a repartition topic",
  unit: "words",
  records: 200_000,
  run: (records) =>
    runEmbedded({
      topology: topology(),
      inputTopic: "lines",
      outputTopic: "words-out",
      key: () => null,
      value: line,
      records,
      unitsPerRecord: wordsPerLine,
    }),
  baseline: (records) => {
    const lines = Array.from({ length: 1000 }, (_, index) => Buffer.from(line(index)));
    const counts = new Map<string, number>();
    return timed(records * wordsPerLine, () => {
      for (let index = 0; index < records; index++) {
        for (const word of (lines[index % lines.length] as Buffer).toString("latin1").split(" ")) {
          if (word !== "") counts.set(word, (counts.get(word) ?? 0) + 1);
        }
      }
    });
  },
};
