import { StreamsBuilder } from "../dsl/index.js";
import { serdes } from "../serde/index.js";
import type { Topology } from "../topology/index.js";

/**
 * Counts the records of each key, or of each value by way of a repartition topic, in the store "counts", and writes each
 * step of each count as text.
 */
export function countingTopology(input: string, output: string, counted: "keys" | "values" = "keys"): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  const records = builder.stream(input);
  const grouped = counted === "keys" ? records.groupByKey() : records.groupBy((_, value) => value);
  grouped
    .count({ store: "counts" })
    .toStream()
    .mapValues((count) => String(count))
    .to(output, { value: serdes.string });
  return builder.build();
}
