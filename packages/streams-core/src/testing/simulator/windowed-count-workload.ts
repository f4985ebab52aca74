import { serdes } from "../../serde/index.js";
import type { Topology } from "../../topology/index.js";
import type { HarnessRecord } from "../app-harness.js";
import { Simulation } from "./simulation.js";
import type { WorkloadOptions } from "./word-count-workload.js";

const WINDOW_MS = 1_000;
/** Records come up to so much later than younger ones. */
const LATE_MS_MAX = 3_000;
/** About when simulations begin: changelogs of windows forget what is much older. */
const BEGIN_MS = 1_700_000_000_000;

const windowedKey = serdes.timeWindowed(serdes.string, WINDOW_MS);

/**
 * Words go into "words", out of order by up to three seconds; `topology` counts them by word and second, with grace for
 * all of them, and sends every count to "out".
 */
export function windowedCount(topology: () => Topology, options: WorkloadOptions): Simulation {
  let newestMs = BEGIN_MS + LATE_MS_MAX;
  return new Simulation({
    topology,
    topics: ({ partitions }) => ({ words: partitions, out: 1 }),
    input: (chance, { partitions }) => ({
      topic: "words",
      records: Array.from({ length: 1 + chance.below(20) }, (): HarnessRecord => {
        newestMs += chance.below(100);
        const timestamp = newestMs - chance.below(LATE_MS_MAX);
        return { key: null, value: `w${chance.below(5)}`, partition: chance.below(partitions), timestamp };
      }),
    }),
    ...options,
  });
}

/** Counts of each word and second rise to their number; without a cache none is left out. Under exactly-once only. */
export async function checkWindowedCount(simulation: Simulation): Promise<void> {
  const expected = new Map<string, number>();
  for (const { value, timestamp = 0 } of simulation.written) {
    const window = `${value}@${timestamp - (timestamp % WINDOW_MS)}`;
    expected.set(window, (expected.get(window) ?? 0) + 1);
  }
  const sent = new Map<string, number[]>();
  for (const { key, value } of await simulation.records("out")) {
    const { key: word, startMs } = windowedKey.deserialize("out", key!);
    const counts = sent.get(`${word}@${startMs}`) ?? [];
    sent.set(`${word}@${startMs}`, counts);
    counts.push(serdes.long.deserialize("out", value!));
  }
  for (const [window, count] of expected) {
    const counts = sent.get(window) ?? [];
    const rises = counts.every((value, index) => value > (counts[index - 1] ?? 0));
    const isComplete = simulation.scenario.cacheMaxBytes > 0 || counts.length === count;
    if (rises && isComplete && counts.at(-1) === count) continue;
    throw simulation.failure(`"${window}" was written ${count} times and counted ${counts.join(", ")}.`);
  }
}
