import {
  appendFileSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { silentLogger } from "@millrace/kernel";
import { afterEach, expect, test } from "vitest";
import {
  markersArrived,
  readToEnd,
  topicOf,
  transactional,
  appendAll,
  writeAll,
} from "../../conformance/records-at-hand.js";
import { tp } from "../../port/index.js";
import { embedded } from "../index.js";
import { DirectoryLockedError } from "./directory-lock.js";

const dirs: string[] = [];

function freshDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "millrace-disk-"));
  dirs.push(dir);
  return dir;
}

const open = (dir: string) => embedded({ dir, environment: { logger: silentLogger } });

afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

/** Every file below `dir` whose name ends like that. */
function filesOf(dir: string, ending: string): string[] {
  const names = readdirSync(dir, { recursive: true, encoding: "utf8" });
  return names
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(dir, name));
}

test("topics, settings, records, offsets, the cluster id and log starts are there after a restart", async () => {
  const dir = freshDir();
  const before = open(dir);
  const partition = await topicOf(before, "t", 2, { "cleanup.policy": "compact" });
  await before.admin().createPartitions("t", 3);
  await writeAll(before, "t", ["a=1", "b=2", "c=3"]);
  await before.admin().deleteRecords(new Map([[partition, 1]]));
  await before.admin().alterGroupOffsets("g", new Map([[partition, 2]]));
  const id = await before.clusterId();
  await before.close();

  await using after = open(dir);
  expect(await after.clusterId()).toBe(id);
  expect(after.capabilities.durable).toBe(true);
  expect((await after.admin().describeTopics(["t"])).get("t")?.partitions).toBe(3);
  expect((await after.admin().topicConfigs(["t"])).get("t")?.["cleanup.policy"]).toBe("compact");
  expect(await readToEnd(after, partition, "read_committed", { from: 1 })).toEqual(["1:b=2", "2:c=3"]);
  expect((await after.admin().listOffsets([partition], "earliest", "read_committed")).get(partition)).toBe(1);
  expect((await after.admin().groupOffsets("g")).get(partition)?.offset).toBe(2);
});

test("a deleted topic's files go, also when it is made again", async () => {
  const dir = freshDir();
  const cluster = open(dir);
  const partition = await topicOf(cluster, "t");
  await writeAll(cluster, "t", ["a=1"]);
  await cluster.admin().deleteTopics(["t"]);
  expect(filesOf(join(dir, "records"), ".log")).toEqual([]);
  await topicOf(cluster, "t");
  expect(await readToEnd(cluster, partition, "read_committed")).toEqual([]);
  await cluster.close();
});

test("a write cut short at any byte is cut off; what was before stays, and writing goes on", async () => {
  const dir = freshDir();
  const partition = tp("t", 0);
  const first = open(dir);
  await topicOf(first, "t");
  await writeAll(first, "t", ["a=1"]);
  await first.close();
  const [segment] = filesOf(dir, ".log").filter((path) => path.includes("records"));
  const whole = readFileSync(segment!).length;
  for (const cutBytes of [1, 30, 61, 68]) {
    const writing = open(dir);
    await writeAll(writing, "t", ["b=2"]);
    await writing.close();
    truncateSync(segment!, readFileSync(segment!).length - cutBytes);
    const reading = open(dir);
    expect(await readToEnd(reading, partition, "read_committed")).toEqual(["0:a=1"]);
    await reading.close();
    expect(readFileSync(segment!).length).toBe(whole);
  }
});

test("damage inside a segment is found by its checksum", async () => {
  const dir = freshDir();
  const first = open(dir);
  await topicOf(first, "t");
  await writeAll(first, "t", ["a=1"]);
  await writeAll(first, "t", ["b=2"]);
  await first.close();
  const [segment] = filesOf(dir, ".log").filter((path) => path.includes("records"));
  const bytes = readFileSync(segment!);
  bytes[bytes.length - 3]! ^= 1;
  writeFileSync(segment!, bytes);
  for (const snapshot of filesOf(dir, ".snapshot")) rmSync(snapshot);
  await using cluster = open(dir);
  expect(await readToEnd(cluster, tp("t", 0), "read_committed")).toEqual(["0:a=1"]);
});

test("a torn line of the journal is cut off; the lines before it count", async () => {
  const dir = freshDir();
  const first = open(dir);
  await topicOf(first, "t");
  await first.close();
  appendFileSync(join(dir, "metadata.log"), '12345678 {"kind":"topic","name":"half');
  const second = open(dir);
  expect(await second.admin().listTopics()).toEqual(["t"]);
  await topicOf(second, "u");
  await second.close();
  await using third = open(dir);
  expect(await third.admin().listTopics()).toEqual(["t", "u"]);
});

test("a transaction that was decided is finished on opening, one that was not is aborted", async () => {
  const dir = freshDir();
  const images: string[] = [];
  const cluster = open(dir);
  const partition = await topicOf(cluster, "t");
  const producer = await transactional(cluster, "id");
  for (const pair of ["a=1", "b=2"]) {
    producer.begin();
    appendAll(producer, "t", [pair]);
    await producer.sendOffsets(new Map([[partition, { offset: Number(pair[2]) }]]), {
      groupId: "g",
      generation: -1,
      memberId: "",
      instanceId: null,
    });
    await producer.flush();
    images.push(imageOf(dir));
    await producer.commit();
    // Decided, and no marker written yet: those come in a later macrotask.
    images.push(imageOf(dir));
    await markersArrived(cluster, partition);
  }
  await cluster.close();
  const seen: unknown[] = [];
  for (const image of images) {
    const restored = open(image);
    const values = (await readToEnd(restored, partition, "read_committed")).map((row) => row.split(":")[1]);
    seen.push([values, (await restored.admin().groupOffsets("g")).get(partition)?.offset]);
    await restored.close();
  }
  expect(seen).toEqual([
    [[], undefined],
    [["a=1"], 1],
    [["a=1"], 1],
    [["a=1", "b=2"], 2],
  ]);
});

test("what an earlier process decided under a transactional id says nothing about a later one's transaction", async () => {
  const dir = freshDir();
  const first = open(dir);
  const partition = await topicOf(first, "t");
  const producer = await transactional(first, "id");
  producer.begin();
  appendAll(producer, "t", ["a=1"]);
  await producer.commit();
  const decided = imageOf(dir);
  await first.close();
  const second = open(decided);
  const heir = await transactional(second, "id");
  heir.begin();
  appendAll(heir, "t", ["b=2"]);
  await heir.flush();
  const undecided = imageOf(decided);
  await second.close();
  for (const image of [undecided, imageOf(undecided)]) {
    const third = open(image);
    expect(await readToEnd(third, partition, "read_committed")).toEqual(["0:a=1"]);
    await third.close();
  }
});

test("one process at a time: the error names the holder and what to do", async () => {
  const dir = freshDir();
  const holder = open(dir);
  expect(() => open(dir)).toThrow(DirectoryLockedError);
  expect(() => open(dir)).toThrow(new RegExp(`process ${process.pid} .*delete the file "lock"`));
  await holder.close();
  await open(dir).close();
  expect(existsSync(join(dir, "lock"))).toBe(false);
});

test.each([
  ["of a process that is gone", { pid: 2 ** 22 + 1, host: hostname(), started: "" }],
  ["of another process that had this pid", { pid: process.pid, host: hostname(), started: "another boot/1" }],
  ["that says nothing", null],
])("a lock %s is taken over", async (_, contents) => {
  const dir = freshDir();
  writeFileSync(join(dir, "lock"), contents === null ? "" : JSON.stringify(contents));
  await open(dir).close();
});

test("a lock from another machine is respected", () => {
  const dir = freshDir();
  writeFileSync(join(dir, "lock"), JSON.stringify({ pid: 1, host: "elsewhere", started: "" }));
  expect(() => open(dir)).toThrow(/process 1 on elsewhere/);
});

test("segments are rolled, read across, compacted into one, and opened again from their snapshots", async () => {
  const dir = freshDir();
  const config = { "cleanup.policy": "compact", "segment.bytes": "500" };
  const first = open(dir);
  const partition = await topicOf(first, "t", 1, config);
  for (let index = 0; index < 40; index++) await writeAll(first, "t", [`k${index % 5}=${index}`]);
  const segments = () => filesOf(join(dir, "records"), ".log").length;
  expect(segments()).toBeGreaterThan(4);
  expect((await readToEnd(first, partition, "read_committed")).length).toBe(40);
  await first.runMaintenance();
  const left = ["35:k0=35", "36:k1=36", "37:k2=37", "38:k3=38", "39:k4=39"];
  expect(await readToEnd(first, partition, "read_committed")).toEqual(left);
  expect(segments()).toBeLessThanOrEqual(2);
  await first.close();
  await using second = open(dir);
  expect(await readToEnd(second, partition, "read_committed")).toEqual(left);
  await writeAll(second, "t", ["k0=40"]);
  expect(await readToEnd(second, partition, "read_committed")).toEqual([...left, "40:k0=40"]);
});

test("a kill while a compaction puts its segment in place leaves a log that compacts to the same", async () => {
  const config = { "cleanup.policy": "compact", "segment.bytes": "300" };
  const dir = freshDir();
  const cluster = open(dir);
  const partition = await topicOf(cluster, "t", 1, config);
  for (let index = 0; index < 30; index++) await writeAll(cluster, "t", [`k${index % 7}=${index}`]);
  const before = imageOf(dir);
  await cluster.runMaintenance();
  const left = await readToEnd(cluster, partition, "read_committed");
  await cluster.close();
  expect(left.length).toBe(7);

  const oldSegments = filesOf(join(before, "records"), ".log").slice(1);
  for (let removed = 0; removed <= oldSegments.length; removed++) {
    // The first segment is the compacted one, the others are removed up to here; its snapshot is not written yet.
    const image = imageOf(dir);
    const partitionDir = dirname(filesOf(join(image, "records"), ".log")[0]!);
    for (const snapshot of filesOf(image, ".snapshot")) rmSync(snapshot);
    for (const segment of oldSegments.slice(removed)) copyFileSync(segment, join(partitionDir, basename(segment)));
    writeFileSync(join(partitionDir, "00000000000000000000.compacted"), "left over");
    const restored = open(image);
    const rows = await readToEnd(restored, partition, "read_committed");
    expect(rows.filter((row) => left.includes(row))).toEqual(left);
    await restored.runMaintenance();
    expect(await readToEnd(restored, partition, "read_committed")).toEqual(left);
    await restored.close();
  }
});

/** The directory as a kill at this moment would leave it. */
function imageOf(dir: string): string {
  const image = freshDir();
  cpSync(dir, image, { recursive: true });
  rmSync(join(image, "lock"), { force: true });
  return image;
}
