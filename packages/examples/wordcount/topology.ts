import { serdes, StreamsBuilder, type Topology } from "millrace";

export const linesTopic = "streams-plaintext-input";
export const countsTopic = "streams-wordcount-output";

/** A word is a run of `\w` in ASCII. Found before lower-casing, which could turn other letters into ASCII ones. */
export function wordsOf(line: string): string[] {
  return (line.match(/\w+/g) ?? []).map((word) => word.toLowerCase());
}

/** Lines in, (word, count) out: split, group by word, count. */
export function topology(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  builder
    .stream(linesTopic)
    .flatMapValues((line) => wordsOf(line))
    .groupBy((_, word) => word)
    .count({ store: "word-counts" })
    .toStream()
    .to(countsTopic, { value: serdes.nullable(serdes.long) });
  return builder.build();
}
