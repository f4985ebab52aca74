import type { Topology } from "../../topology/index.js";
import { Simulation } from "./simulation.js";
import type { WorkloadOptions } from "./word-count-workload.js";

/** Numbered records go into "in", one key a partition; `topology` sends each on to "out". */
export function passThrough(topology: () => Topology, options: WorkloadOptions): Simulation {
  let next = 0;
  return new Simulation({
    topology,
    topics: ({ partitions }) => ({ in: partitions, out: 1 }),
    input: (chance, { partitions }) => ({
      topic: "in",
      records: Array.from({ length: 1 + chance.below(20) }, () => {
        const partition = chance.below(partitions);
        return { key: `k${partition}`, value: String(next++), partition };
      }),
    }),
    ...options,
  });
}

/** Nothing is lost; under exactly-once every record is there once, those of a key in the order they were written in. */
export async function checkPassThrough(simulation: Simulation): Promise<void> {
  const received = new Map<string, string[]>();
  for (const { key, value } of await simulation.records("out")) {
    const values = received.get(text(key)) ?? [];
    received.set(text(key), values);
    values.push(text(value));
  }
  for (const key of new Set(simulation.written.map((record) => record.key!))) {
    const written = simulation.written.filter((record) => record.key === key).map((record) => record.value!);
    const read = received.get(key) ?? [];
    const lost = written.find((value) => !read.includes(value));
    if (lost !== undefined) throw simulation.failure(`Record ${lost} of "${key}" is lost.`);
    if (simulation.exactlyOnce && written.join() !== read.join()) {
      throw simulation.failure(`"${key}" was written as ${written.join()} and read as ${read.join()}.`);
    }
  }
}

function text(bytes: Uint8Array | null): string {
  return Buffer.from(bytes ?? []).toString();
}
