import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { kafka, serdes, StreamsApp, StreamsBuilder, tp, type KafkaClient } from "millrace";
import { firstTimestamp, positionJson } from "../pipeline/data.js";

/**
 * Restoring a store: `restore.ts BOOTSTRAP ROWS ROUNDS` writes as many keys as rows, of about 100 bytes, to a changelog, then
 * in fresh processes, in turn, reads it and looks at nothing, restores it on the heap, and restores it in LevelDB. Prints
 * rows per second and CPU time; the ratios hold on a busy machine, too.
 */
const [bootstrap = "", count = "1000000", rounds = "3", given, what] = process.argv.slice(2);
const rows = Number(count);
const brokers = bootstrap.split(",");
const appendsBetweenDrains = 1024;

const applicationId = given ?? `bench-restore-${Date.now().toString(36)}`;
const source = `${applicationId}-in`;
const changelog = `${applicationId}-rows-changelog`;

interface Measured {
  readonly rowsPerSecond: number;
  readonly cpuNsPerRow: number;
  readonly peakMemoryMb: number;
}

const client = kafka({ brokers });
if (given === undefined) await compare();
else console.log(JSON.stringify(await measured(what === "consume" ? consume : () => restore(what === "leveldb"))));
await client.close();

async function compare(): Promise<void> {
  const admin = client.admin();
  await admin.createTopics([
    { name: source, partitions: 1 },
    { name: changelog, partitions: 1, config: { "cleanup.policy": "compact" } },
  ]);
  await write(client);
  for (let round = 0; round < Number(rounds); round++) {
    for (const each of ["consume", "memory", "leveldb"]) {
      const script = fileURLToPath(import.meta.url);
      const args = [...process.execArgv, script, bootstrap, count, rounds, applicationId, each];
      console.log(each, execFileSync(process.execPath, args, { encoding: "utf8" }).trim());
    }
  }
  await admin.deleteTopics([source, changelog]);
}

async function write(to: KafkaClient): Promise<void> {
  const producer = to.producer({});
  for (let index = 0; index < rows; index++) {
    const key = Buffer.from(`courier-${(index * 7919) % rows}`);
    producer.append(changelog, 0, key, Buffer.from(positionJson(index)), firstTimestamp + index);
    if (index % appendsBetweenDrains === 0) await producer.drained();
  }
  await producer.flush();
  await producer.close();
}

async function measured(run: () => Promise<number>): Promise<Measured> {
  const cpuBefore = process.cpuUsage();
  const elapsedMs = await run();
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    rowsPerSecond: Math.round((rows / elapsedMs) * 1000),
    cpuNsPerRow: Math.round(((user + system) * 1000) / rows),
    peakMemoryMb: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}

async function consume(): Promise<number> {
  const consumer = client.restoreConsumer({ isolation: "read_committed" });
  const startMs = performance.now();
  consumer.assign(new Map([[tp(changelog, 0), 0]]));
  for (let seen = 0; seen < rows;) {
    for (const { records } of await consumer.poll(1000)) while (records.next()) seen++;
  }
  const elapsedMs = performance.now() - startMs;
  await consumer.close();
  return elapsedMs;
}

/** From the first row asked for to the last one written. */
async function restore(onDisk: boolean): Promise<number> {
  const stateDir = mkdtempSync(join(tmpdir(), "millrace-bench-"));
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  builder.table(source, { store: "rows" });
  const app = new StreamsApp(builder.build(), { applicationId, client, ...(onDisk ? { stateDir } : {}) });
  let startMs = 0;
  let endMs = 0;
  let restored = 0;
  app.onRestore({
    onRestoreStart: () => (startMs = performance.now()),
    onRestoreEnd: (_, restoredTotal) => {
      restored = restoredTotal;
      endMs = performance.now();
    },
  });
  await app.start();
  await app.close();
  rmSync(stateDir, { recursive: true, force: true });
  if (restored !== rows) throw new Error(`Restored ${restored} rows of ${rows}.`);
  return endMs - startMs;
}
