import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { embedded, serdes, StreamsApp, StreamsBuilder, tp, type KafkaClient, type StreamsAppOptions } from "millrace";
import type { Bench, Timing } from "../bench.js";
import { firstTimestamp, positionJson } from "./data.js";

const changelog = "bench-rows-changelog";
const rowsPerFlush = 20_000;

/** As many keys as records, of about 100 bytes, all in the changelog of one task. */
async function loadChangelog(log: KafkaClient, records: number): Promise<void> {
  await log.admin().createTopics([
    { name: "rows-in", partitions: 1 },
    { name: changelog, partitions: 1, config: { "cleanup.policy": "compact" } },
  ]);
  const producer = log.producer({});
  await producer.init();
  for (let index = 0; index < records; index++) {
    const key = Buffer.from(`courier-${(index * 7919) % records}`);
    producer.append(changelog, 0, key, Buffer.from(positionJson(index)), firstTimestamp + index);
    if (index % rowsPerFlush === 0) await producer.flush();
  }
  await producer.flush();
  await producer.close();
}

/** From the first row asked for to the last one written. */
async function restore(records: number, options: Partial<StreamsAppOptions>): Promise<Timing> {
  await using log = embedded();
  await loadChangelog(log, records);
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  builder.table("rows-in", { store: "rows" });
  await using app = new StreamsApp(builder.build(), { applicationId: "bench", client: log, ...options });
  let start = 0;
  let end = 0;
  let restored = 0;
  app.onRestore({
    onRestoreStart: () => (start = performance.now()),
    onRestoreEnd: (_, restoredTotal) => {
      restored = restoredTotal;
      end = performance.now();
    },
  });
  await app.start();
  if (restored !== records) throw new Error(`Restored ${restored} rows of ${records}.`);
  return { units: restored, elapsedMs: end - start };
}

/** Reads the same records and looks at nothing. */
async function consume(records: number): Promise<Timing> {
  await using log = embedded();
  await loadChangelog(log, records);
  const partition = tp(changelog, 0);
  const consumer = log.restoreConsumer({ isolation: "read_committed" });
  consumer.assign(new Map([[partition, 0]]));
  const start = performance.now();
  let read = 0;
  while (read < records) {
    for (const batch of await consumer.poll(100)) while (batch.records.next()) read++;
  }
  const elapsedMs = performance.now() - start;
  await consumer.close();
  return { units: read, elapsedMs };
}

const rates = { unit: "rows", records: 1_000_000, goalPerSecond: 590_000, baseline: consume } as const;

export const restoreBenches: readonly Bench[] = [
  { ...rates, name: "embedded: restore, memory", run: (records) => restore(records, {}) },
  {
    ...rates,
    name: "embedded: restore, leveldb",
    run: async (records) => {
      const stateDir = mkdtempSync(join(tmpdir(), "millrace-bench-"));
      try {
        return await restore(records, { stateDir });
      } finally {
        rmSync(stateDir, { recursive: true, force: true });
      }
    },
  },
];
