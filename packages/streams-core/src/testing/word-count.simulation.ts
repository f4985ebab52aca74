import { expect, test } from "vitest";
import { StreamsBuilder } from "../dsl/index.js";
import { serdes } from "../serde/index.js";
import type { Topology } from "../topology/index.js";
import { checkStores, simulationSeeds } from "./simulator/index.js";
import { checkWordCount, wordCount } from "./simulator/word-count-workload.js";

const seeds = simulationSeeds(process.env, 1_000);

/** Through a repartition topic. */
function topology(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  builder
    .stream("lines")
    .flatMapValues((line) => line.split(" "))
    .groupBy((_, word) => word)
    .count({ store: "counts" })
    .toStream()
    .to("out", { value: serdes.nullable(serdes.long) });
  return builder.build();
}

test.each(seeds)("exactly-once, seed %i: every word is counted once, in order", async (seed) => {
  const simulation = wordCount(topology, { seed, exactlyOnce: true });
  await simulation.run();
  await checkWordCount(simulation);
});

test.each(seeds)("at-least-once, seed %i: no word is lost", async (seed) => {
  const simulation = wordCount(topology, { seed, exactlyOnce: false });
  await simulation.run();
  await checkWordCount(simulation);
});

test.each(seeds)(
  "at-least-once with instances that sleep too long, seed %i: stores agree with changelogs",
  async (seed) => {
    // Its late writes may undo its successor's counts; what a disk says of the changelog must hold even then.
    const simulation = wordCount(topology, { seed, exactlyOnce: false, zombies: true });
    await simulation.run();
    await checkStores(simulation);
  },
);

test("the same seed gives the same run, call by call; another seed another", async () => {
  const hash = async (seed: number): Promise<number> => {
    const simulation = wordCount(topology, { seed, exactlyOnce: true });
    await simulation.run();
    return simulation.trace.hash;
  };
  const first = await hash(7);
  expect(await hash(7)).toBe(first);
  expect(await hash(8)).not.toBe(first);
});
