import { StreamsBuilder } from "../dsl/index.js";
import { serdes } from "../serde/index.js";
import type { Topology } from "../topology/index.js";

/** Counts the records of each key, in the store "counts", and writes each step of each count as text. */
export function countingTopology(input: string, output: string): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  builder
    .stream(input)
    .groupByKey()
    .count({ store: "counts" })
    .toStream()
    .mapValues((count) => String(count))
    .to(output, { value: serdes.string });
  return builder.build();
}
