import type { Topology } from "../../topology/index.js";
import { long } from "../app-harness.js";
import { Simulation, type SimulationOptions } from "./simulation.js";
import { checkStores } from "./store-check.js";

/** What differs between simulations of one workload. */
export type WorkloadOptions = Pick<SimulationOptions, "seed" | "exactlyOnce"> & Partial<SimulationOptions>;

/** Lines of words go into "lines"; `topology` counts them in a store "counts" and sends every count to "out". */
export function wordCount(topology: () => Topology, options: WorkloadOptions): Simulation {
  return new Simulation({
    topology,
    topics: ({ partitions }) => ({ lines: partitions, out: 1 }),
    input: (chance, { partitions }) => ({
      topic: "lines",
      records: Array.from({ length: 1 + chance.below(20) }, () => {
        const words = Array.from({ length: 1 + chance.below(4) }, () => `w${chance.below(8)}`);
        return { key: null, value: words.join(" "), partition: chance.below(partitions) };
      }),
    }),
    ...options,
  });
}

/**
 * Exactly-once: without a cache each word's counts are 1, 2, 3, … to its number; with one they rise to it. At-least-once:
 * no word ends below its number. Stores agree with their changelogs.
 */
export async function checkWordCount(simulation: Simulation): Promise<void> {
  const sent = await updates(simulation);
  for (const [word, count] of truth(simulation)) {
    const counts = sent.get(word) ?? [];
    const last = counts.at(-1) ?? 0;
    if (last < count) throw simulation.failure(`"${word}" was written ${count} times and counted ${last} times.`);
    if (!simulation.exactlyOnce) continue;
    const rising = counts.every((value, index) => value > (counts[index - 1] ?? 0));
    const complete = simulation.scenario.cacheMaxBytes > 0 || counts.length === count;
    if (rising && complete && last === count) continue;
    throw simulation.failure(`"${word}" was written ${count} times and counted ${counts.join(", ")}.`);
  }
  await checkStores(simulation);
}

/** How often each word was written. */
function truth(simulation: Simulation): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { value } of simulation.written) {
    for (const word of value?.split(" ") ?? []) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

/** Every count sent, by word, in order. */
async function updates(simulation: Simulation): Promise<Map<string, number[]>> {
  const byWord = new Map<string, number[]>();
  for (const { key, value } of await simulation.records("out")) {
    const word = Buffer.from(key!).toString();
    const counts = byWord.get(word) ?? [];
    byWord.set(word, counts);
    counts.push(long(value!));
  }
  return byWord;
}
