import { test } from "vitest";
import { passing } from "./passing-topology.fixture.js";
import { simulationSeeds } from "./simulator/index.js";
import { checkPassThrough, passThrough } from "./simulator/pass-through-workload.js";

const seeds = simulationSeeds(process.env, 1_000);

test.each(seeds)("exactly-once, seed %i: every record once, in order", async (seed) => {
  const simulation = passThrough(passing, { seed, exactlyOnce: true });
  await simulation.run();
  await checkPassThrough(simulation);
});

test.each(seeds)("at-least-once, seed %i: no record is lost", async (seed) => {
  const simulation = passThrough(passing, { seed, exactlyOnce: false });
  await simulation.run();
  await checkPassThrough(simulation);
});
