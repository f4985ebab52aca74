import { test } from "vitest";
import { StreamsBuilder, windows } from "../dsl/index.js";
import { serdes } from "../serde/index.js";
import type { Topology } from "../topology/index.js";
import { simulationSeeds } from "./simulator/index.js";
import { checkWindowedCount, windowedCount } from "./simulator/windowed-count-workload.js";

const seeds = simulationSeeds(process.env, 1_000);

/** Through a repartition topic, with stores that forget. */
function topology(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  builder
    .stream("words")
    .groupBy((_, word) => word)
    .windowedBy(windows.tumbling({ sizeMs: 1_000, graceMs: 600_000 }))
    .count({ store: "counts" })
    .toStream()
    .to("out", { value: serdes.nullable(serdes.long) });
  return builder.build();
}

test.each(seeds)("exactly-once, seed %i: every word is counted once in its second", async (seed) => {
  const simulation = windowedCount(topology, { seed, exactlyOnce: true });
  await simulation.run();
  await checkWindowedCount(simulation);
});
