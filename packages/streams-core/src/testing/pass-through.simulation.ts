import { test } from "vitest";
import { StreamsBuilder } from "../dsl/index.js";
import { serdes } from "../serde/index.js";
import type { Topology } from "../topology/index.js";
import { simulationSeeds } from "./simulator/index.js";
import { checkPassThrough, passThrough } from "./simulator/pass-through-workload.js";

const seeds = simulationSeeds(process.env, 1_000);

function topology(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  builder.stream("in").to("out");
  return builder.build();
}

test.each(seeds)("exactly-once, seed %i: every record once, in order", async (seed) => {
  const simulation = passThrough(topology, { seed, exactlyOnce: true });
  await simulation.run();
  await checkPassThrough(simulation);
});

test.each(seeds)("at-least-once, seed %i: no record is lost", async (seed) => {
  const simulation = passThrough(topology, { seed, exactlyOnce: false });
  await simulation.run();
  await checkPassThrough(simulation);
});
