import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { kafka, tp, type StreamsProducer } from "millrace";

/**
 * Reading alone: `consume.ts BOOTSTRAP RECORDS ROUNDS` writes records of about 100 bytes to a topic of its own, then reads
 * them several times over, each time in a fresh process, in turn with and without checking sums: a cursor and no object per
 * record. Prints records per second and CPU time.
 */
const [bootstrap = "", count = "4000000", rounds = "3", given, crcs] = process.argv.slice(2);
const records = Number(count);
const brokers = bootstrap.split(",");
const appendsBetweenDrains = 1024;
/** The topic is read several times over, so that starting up does not count for much. */
const passes = 4;

const topic = given ?? `bench-consume-${Date.now().toString(36)}`;
const partition = tp(topic, 0);

if (given === undefined) await compare();
else console.log(JSON.stringify(await read(crcs === "checked")));

async function compare(): Promise<void> {
  const client = kafka({ brokers });
  const admin = client.admin();
  await admin.createTopics([{ name: topic, partitions: 1 }]);
  try {
    const producer = client.producer({});
    await write(producer);
    await producer.close();
    for (let round = 0; round < Number(rounds); round++) {
      for (const sums of ["checked", "unchecked"]) {
        const script = fileURLToPath(import.meta.url);
        const args = [...process.execArgv, script, bootstrap, count, rounds, topic, sums];
        console.log(sums, execFileSync(process.execPath, args, { encoding: "utf8" }).trim());
      }
    }
    await admin.deleteTopics([topic]);
  } finally {
    await client.close();
  }
}

async function write(producer: StreamsProducer): Promise<void> {
  // Brokers refuse timestamps of the future.
  const firstMs = Date.now() - records;
  for (let index = 0; index < records; index++) {
    const reading = { id: index, name: "sensor", x: index * 0.5, y: index * 0.25, unit: "metres" };
    producer.append(
      topic,
      0,
      Buffer.from(`key-${index % 10_000}`),
      Buffer.from(JSON.stringify(reading)),
      firstMs + index,
    );
    if (index % appendsBetweenDrains === 0) await producer.drained();
  }
  await producer.flush();
}

async function read(checkCrcs: boolean) {
  const client = kafka({ brokers, checkCrcs });
  const consumer = client.restoreConsumer({ isolation: "read_committed" });
  const cpuBefore = process.cpuUsage();
  const startMs = performance.now();
  consumer.assign(new Map([[partition, 0]]));
  let bytes = 0;
  for (let pass = 0; pass < passes; pass++) {
    consumer.seek(partition, 0);
    for (let seen = 0; seen < records;) {
      for (const { records: cursor } of await consumer.poll(1000)) {
        while (cursor.next()) {
          bytes += cursor.valueEnd - cursor.keyStart;
          seen++;
        }
      }
    }
  }
  const elapsedMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(cpuBefore);
  await client.close();
  const total = records * passes;
  return {
    recordsPerSecond: Math.round((total / elapsedMs) * 1000),
    cpuNsPerRecord: Math.round(((user + system) * 1000) / total),
    bytesPerRecord: Math.round(bytes / total),
    peakMemoryMb: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}
