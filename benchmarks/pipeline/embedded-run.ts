import { embedded, StreamsApp, type KafkaClient, type StreamsAppOptions, type Topology } from "millrace";
import type { Timing } from "../bench.js";
import { firstTimestamp } from "./data.js";

const linesPerBreath = 20_000;

export interface EmbeddedWork {
  readonly topology: Topology;
  readonly inputTopic: string;
  readonly outputTopic: string;
  readonly key: (index: number) => string | null;
  readonly value: (index: number) => string;
  readonly records: number;
  readonly unitsPerRecord?: number;
  readonly app?: Partial<StreamsAppOptions>;
}

/** Loads the input first, then times the app from its start until it has processed and committed all of it. */
export async function runEmbedded(work: EmbeddedWork): Promise<Timing> {
  await using log = embedded();
  await log.admin().createTopics([
    { name: work.inputTopic, partitions: 1 },
    { name: work.outputTopic, partitions: 1 },
  ]);
  await load(log, work);
  await using app = new StreamsApp(work.topology, {
    applicationId: "bench",
    client: log,
    commitIntervalMs: 1000,
    ...work.app,
  });
  const start = performance.now();
  await app.start();
  await app.caughtUp();
  return { units: work.records * (work.unitsPerRecord ?? 1), elapsedMs: performance.now() - start };
}

async function load(log: KafkaClient, work: EmbeddedWork): Promise<void> {
  const producer = log.producer({});
  await producer.init();
  for (let index = 0; index < work.records; index++) {
    const key = work.key(index);
    const value = Buffer.from(work.value(index));
    producer.append(work.inputTopic, 0, key === null ? null : Buffer.from(key), value, firstTimestamp + index);
    if (index % linesPerBreath === 0) await producer.flush();
  }
  await producer.flush();
  await producer.close();
}
