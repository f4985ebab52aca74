import { StreamsBuilder } from "../dsl/index.js";
import { serdes } from "../serde/index.js";
import type { Topology } from "../topology/index.js";

/** Words of topic "lines" to counts by word in topic "counts", through a repartition topic. */
export function wordCount(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  builder
    .stream("lines")
    .flatMapValues((line) => line.split(" "))
    .groupBy((_, word) => word)
    .count({ store: "word-counts" })
    .toStream()
    .to("counts", { value: serdes.nullable(serdes.long) });
  return builder.build();
}
