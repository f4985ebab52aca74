import { kafka } from "millrace";

/**
 * Writing alone: `produce.ts BOOTSTRAP RECORDS ROUNDS` writes records of about 100 bytes to one partition of a topic of its
 * own, several times over, and prints records per second and CPU time of each round. Keys and values are made beforehand.
 */
const [bootstrap = "", count = "4000000", rounds = "3"] = process.argv.slice(2);
const records = Number(count);
const appendsBetweenDrains = 1024;
const distinct = 10_000;

const topic = `bench-produce-${Date.now().toString(36)}`;
const keys = Array.from({ length: distinct }, (_, index) => Buffer.from(`key-${index}`));
const values = keys.map((_, id) =>
  Buffer.from(JSON.stringify({ id, name: "sensor", x: id * 0.5, y: id * 0.25, unit: "metres" })),
);

const client = kafka({ brokers: bootstrap.split(",") });
const admin = client.admin();
await admin.createTopics([{ name: topic, partitions: 1 }]);
try {
  for (let round = 0; round < Number(rounds); round++) console.log(JSON.stringify(await write()));
  await admin.deleteTopics([topic]);
} finally {
  await client.close();
}

async function write() {
  const producer = client.producer({});
  const cpuBefore = process.cpuUsage();
  const startMs = performance.now();
  const now = Date.now();
  for (let index = 0; index < records; index++) {
    const of = index % distinct;
    producer.append(topic, 0, keys[of]!, values[of]!, now + index);
    if (index % appendsBetweenDrains === 0) await producer.drained();
  }
  await producer.flush();
  const elapsedMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(cpuBefore);
  await producer.close();
  return {
    recordsPerSecond: Math.round((records / elapsedMs) * 1000),
    cpuNsPerRecord: Math.round(((user + system) * 1000) / records),
    peakMemoryMb: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}
