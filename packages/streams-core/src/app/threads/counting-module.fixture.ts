import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { embedded, kafka, tp, type KafkaClient } from "@millrace/kafka-client";
import { silentLogger } from "@millrace/kernel";
import { StreamsBuilder, windows } from "../../dsl/index.js";
import { serdes } from "../../serde/index.js";
import type { Topology } from "../../topology/index.js";
import type { AppModuleOptions } from "./app-module.js";

/** How the tests of threads want this module. */
export interface CountingSettings {
  /** A cluster, whose topics are there. */
  readonly brokers?: readonly string[];
  readonly topics?: { readonly input: string; readonly output: string };
  /** Else an embedded log: where it lies; not there: in memory. */
  readonly dir?: string;
  /** Written to topic "in" before the app starts; of an embedded log the thread is the only one who can. */
  readonly input?: readonly string[];
  /** Whether values are counted in windows of 10 ms as well, in a store "hits". */
  readonly windowed?: boolean;
  /** A file that stands for "this has been obeyed once". */
  readonly obeyed?: string;
}

/** Counts values of "in", each as a key, into "counts". Some of them are instructions, to be obeyed once. */
export function topology({ obeyed, windowed, topics = { input: "in", output: "counts" } }: CountingSettings): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  const values = builder.stream(topics.input);
  if (windowed === true) {
    values
      .groupByKey()
      .windowedBy(windows.tumbling({ sizeMs: 10 }))
      .count({ store: "hits" });
  }
  values
    .peek((_, value) => {
      const instruction = instructions.get(value);
      if (instruction === undefined || (obeyed !== undefined && existsSync(obeyed))) return;
      if (obeyed !== undefined) writeFileSync(obeyed, value);
      instruction();
    })
    .groupByKey()
    .count({ store: "counts" })
    .toStream()
    .to(topics.output, { value: serdes.nullable(serdes.long) });
  return builder.build();
}

const instructions = new Map<string, () => void>([
  [
    "throw",
    () => {
      throw new RangeError("A poisonous record.");
    },
  ],
  ["reject", () => void Promise.reject(new Error("Nobody caught this."))],
  [
    "fill the heap",
    () => {
      const hoard: unknown[] = [];
      for (;;) hoard.push(new Array(10_000).fill(hoard.length));
    },
  ],
  ["exit", () => process.exit(3)],
]);

export function options(): AppModuleOptions {
  return { environment: { logger: silentLogger } };
}

export async function client({ brokers, dir, input = [], obeyed }: CountingSettings): Promise<KafkaClient> {
  if (brokers !== undefined) return kafka({ brokers });
  // The log's lock is a process's: a thread that died has left it behind.
  if (dir !== undefined && obeyed !== undefined && existsSync(obeyed)) rmSync(join(dir, "lock"), { force: true });
  const log = embedded(dir === undefined ? {} : { dir });
  await log.admin().createTopics(["in", "counts"].map((name) => ({ name, partitions: 1 })));
  const ends = await log.admin().listOffsets([tp("in", 0)], "latest", "read_uncommitted");
  if (ends.get(tp("in", 0)) === 0) {
    const producer = log.producer({});
    await producer.init();
    for (const value of input) producer.append("in", 0, Buffer.from(value), Buffer.from(value), 0);
    await producer.flush();
    await producer.close();
  }
  return log;
}
