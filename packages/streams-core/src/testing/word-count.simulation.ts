import { expect, test } from "vitest";
import { StreamsBuilder } from "../dsl/index.js";
import { serdes } from "../serde/index.js";
import type { Topology } from "../topology/index.js";
import { long } from "./app-harness.js";
import { checkStores, Simulation, simulationSeeds, type SimulationOptions } from "./simulator/index.js";

const seeds = simulationSeeds(process.env, 200);

/** Words of lines, counted through a repartition topic. */
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

function wordCount(seed: number, exactlyOnce: boolean, others: Partial<SimulationOptions> = {}): Simulation {
  return new Simulation({
    seed,
    exactlyOnce,
    topology,
    topics: ({ partitions }) => ({ lines: partitions, out: 1 }),
    input: (chance, { partitions }) => ({
      topic: "lines",
      records: Array.from({ length: 1 + chance.below(20) }, () => {
        const words = Array.from({ length: 1 + chance.below(4) }, () => `w${chance.below(8)}`);
        return { key: null, value: words.join(" "), partition: chance.below(partitions) };
      }),
    }),
    ...others,
  });
}

/** How often each word was written. */
function truth(simulation: Simulation): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { value } of simulation.written) {
    for (const word of value!.split(" ")) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

/** Every count sent, by word, in order. */
async function updates(simulation: Simulation): Promise<Map<string, number[]>> {
  const byWord = new Map<string, number[]>();
  for (const { key, value } of await simulation.records("out")) {
    const word = Buffer.from(key!).toString();
    byWord.set(word, [...(byWord.get(word) ?? []), long(value!)]);
  }
  return byWord;
}

/** Without a cache every count is there once: 1, 2, 3, … With one they rise to the last. */
async function checkExactlyOnce(simulation: Simulation): Promise<void> {
  const sent = await updates(simulation);
  for (const [word, count] of truth(simulation)) {
    const counts = sent.get(word) ?? [];
    const rising = counts.every((value, index) => value > (counts[index - 1] ?? 0));
    const complete = simulation.scenario.cacheMaxBytes > 0 || counts.length === count;
    if (rising && complete && counts.at(-1) === count) continue;
    throw simulation.failure(`"${word}" was written ${count} times and counted ${counts.join(", ")}.`);
  }
}

async function checkAtLeastOnce(simulation: Simulation): Promise<void> {
  const sent = await updates(simulation);
  for (const [word, count] of truth(simulation)) {
    const last = sent.get(word)?.at(-1) ?? 0;
    if (last < count) throw simulation.failure(`"${word}" was written ${count} times and counted ${last} times.`);
  }
}

test.each(seeds)("exactly-once, seed %i: every word is counted once, in order", async (seed) => {
  const simulation = wordCount(seed, true);
  await simulation.run();
  await checkExactlyOnce(simulation);
  await checkStores(simulation);
});

test.each(seeds)("at-least-once, seed %i: no word is lost", async (seed) => {
  const simulation = wordCount(seed, false);
  await simulation.run();
  await checkAtLeastOnce(simulation);
  await checkStores(simulation);
});

test("the same seed gives the same run, call by call", async () => {
  const hash = async (seed: number): Promise<number> => {
    const simulation = wordCount(seed, true);
    await simulation.run();
    return simulation.trace.hash;
  };
  const first = await hash(7);
  expect(await hash(7)).toBe(first);
  expect(await hash(8)).not.toBe(first);
});
