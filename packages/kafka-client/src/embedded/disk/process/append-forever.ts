import { embedded, tp } from "../../../index.js";

/** Writes without end, to be killed: numbers to "plain", and rows of three with an offset to "whole" in transactions. */
const dir = process.argv[2]!;
const cluster = embedded({ dir });
const admin = cluster.admin();
const config = { "segment.bytes": "20000" };
await admin.createTopics([
  { name: "plain", partitions: 1, config },
  { name: "whole", partitions: 2, config },
]);
const source = tp("source", 0);
let next = (await admin.groupOffsets("progress")).get(source)?.offset ?? 0;
let number = (await admin.listOffsets([tp("plain", 0)], "latest", "read_uncommitted")).get(tp("plain", 0))!;

const plain = cluster.producer({});
const producer = cluster.producer({ transactionalId: "forever" });
await producer.init();
const outsider = { groupId: "progress", generation: -1, memberId: "", instanceId: null };
for (;;) {
  for (let count = 0; count < 10; count++) plain.append("plain", 0, null, Buffer.from(String(number++)), 0);
  await plain.flush();
  producer.begin();
  for (let part = 0; part < 3; part++) {
    producer.append("whole", part % 2, Buffer.of(part), Buffer.from(String(next)), 0);
    await producer.flush();
  }
  next++;
  await producer.sendOffsets(new Map([[source, { offset: next }]]), outsider);
  // Every fourth attempt fails and is made again.
  if (next % 4 === 0 && Math.floor(number / 10) % 2 === 0) {
    await producer.abort();
    next--;
  } else await producer.commit();
  if (next % 50 === 0) await cluster.runMaintenance();
  process.stdout.write("round\n");
}
