import { tp, type TopicPartition } from "@millrace/kafka-client";
import { virtualEnvironment } from "@millrace/kernel/testing";
import { memoryTaskState, RestoredRows, StateClosedError, type TaskState } from "@millrace/state-stores";
import { describe, expect, it } from "vitest";
import {
  logAndContinue,
  type KeyValueStore,
  type Processor,
  type ProcessorContext,
  type Serde,
  type StreamRecord,
} from "../model/index.js";
import { streamCount, tableToStream } from "../processors/index.js";
import { serdes } from "../serde/index.js";
import { keyValueStore, timestampedKeyValueStore } from "../stores/index.js";
import { encodeOffsetMetadata } from "../time/index.js";
import { Topology } from "../topology/index.js";
import { batch, row } from "./fetched-batch.fixture.js";
import type { OutgoingRecord } from "./record-collector.js";
import { StreamTask } from "./stream-task.js";
import type { StreamTaskOptions } from "./stream-task-options.js";
import { defaultTaskConfig } from "./task-config.js";
import { TaskIdling } from "./task-idling.js";

const strings = { key: serdes.string, value: serdes.string };
const left = tp("left", 0);
const right = tp("right", 0);

/** A task of the topology on partition 0, and the text of what it sends. */
function running(topology: Topology, partitions: TopicPartition[], options: Partial<StreamTaskOptions> = {}) {
  const sent: string[] = [];
  const physical = topology.physical();
  const state: TaskState = memoryTaskState("0_0");
  const environment = virtualEnvironment();
  const task = new StreamTask({
    id: { subtopology: 0, partition: 0 },
    applicationId: "app",
    topology: physical,
    subtopologies: physical.subtopologies,
    partitions,
    persistentState: state,
    memoryState: state,
    collector: {
      send: ({ topic, key, value, timestamp }: OutgoingRecord) => {
        const text = (bytes: Uint8Array | null): string | null =>
          bytes === null ? null : topic === "out" ? String(Buffer.from(bytes)) : `${bytes.at(-1)}`;
        sent.push(`${topic} ${key === null ? null : String(Buffer.from(key))}=${text(value)}@${timestamp}`);
      },
      partitionsFor: () => 1,
    },
    globalStores: new Map(),
    environment,
    config: defaultTaskConfig,
    ...options,
  });
  task.initialize();
  return { task, sent, state, environment };
}

const forwarding = (): Topology =>
  new Topology(strings)
    .addSource({ name: "in", topics: ["left", "right"] })
    .addSink({ name: "sink", topic: "out", parents: ["in"] });

const counting = (): Topology =>
  new Topology(strings)
    .addSource({ name: "in", topics: ["left", "right"] })
    .addProcessor({ name: "count", processor: streamCount({ store: "counts", sendOldValues: false }), parents: ["in"] })
    .addProcessor({ name: "stream", processor: tableToStream(), parents: ["count"] })
    .addSink({ name: "sink", topic: "counted", parents: ["stream"], value: serdes.long })
    .addStateStore(
      timestampedKeyValueStore({ name: "counts", key: serdes.string, value: serdes.long, caching: true }),
      ["count"],
    );

const offsets = (task: StreamTask): [string, number][] =>
  [...task.positions()].map(([partition, { offset }]) => [partition.topic, offset]);

describe("StreamTask", () => {
  it("takes records of its partitions by smallest timestamp (T1)", () => {
    const { task, sent } = running(forwarding(), [left, right]);
    task.addRecords(batch(left, [row(0, "l10", 10), row(1, "l30", 30), row(2, "l5", 5)]));
    task.addRecords(batch(right, [row(0, "r20", 20), row(1, "r40", 40)]));
    expect(task.process(2)).toBe(2);
    expect(task.process(100)).toBe(3);
    expect(task.process(100)).toBe(0);
    expect(sent).toEqual(["out k=l10@10", "out k=r20@20", "out k=l30@30", "out k=l5@5", "out k=r40@40"]);
    expect(task.streamTimeMs).toBe(40);
    expect(task.processedRecords).toBe(5);
  });

  it("reads and writes values that are the same text as their keys like any others", () => {
    const values = ["k", "x", "kk", "", null, "k"];
    const rows = values.map((value, offset) => row(offset, value, offset));
    const { task, sent } = running(forwarding(), [left]);
    task.addRecords(batch(left, rows));
    task.process(100);
    expect(sent).toEqual(["out k=k@0", "out k=x@1", "out k=kk@2", "out k=@3", "out k=null@4", "out k=k@5"]);

    const shouted: Serde<string> = {
      name: "shouted",
      serialize: (_, value) => Buffer.from(`${value}!`),
      deserialize: (_, bytes) => Buffer.from(bytes).toString().toUpperCase(),
    };
    const loud = new Topology({ key: serdes.string, value: shouted })
      .addSource({ name: "in", topics: ["left"] })
      .addSink({ name: "sink", topic: "out", parents: ["in"] });
    const { task: loudTask, sent: loudSent } = running(loud, [left]);
    loudTask.addRecords(batch(left, rows));
    loudTask.process(100);
    expect(loudSent).toEqual(["out k=K!@0", "out k=X!@1", "out k=KK!@2", "out k=!@3", "out k=null@4", "out k=K!@5"]);
  });

  const idling = (maxTaskIdleMs: number, lag: (partition: TopicPartition) => number | undefined) => {
    const { clock, metrics } = virtualEnvironment();
    const enforced = metrics.counter("stream-task", "enforced-processing-total", {});
    const waiting = new TaskIdling({ maxTaskIdleMs, lag, clock, enforced });
    return { waiting, clock, forced: () => metrics.snapshot().find(({ name }) => name.startsWith("enforced"))?.value };
  };

  it("waits for partitions that are caught up, too, for as long as it is told (R3)", () => {
    let lag: number | undefined = undefined;
    const { waiting, clock, forced } = idling(50, () => lag);
    const { task, sent } = running(forwarding(), [left, right], { idling: waiting });
    const taken = (): number => task.process(100);
    task.addRecords(batch(left, [row(0, "l10", 10)]));
    expect([taken(), task.idleUntilMs]).toEqual([0, Infinity]);
    lag = 0;
    expect([taken(), task.idleUntilMs]).toEqual([0, clock.monotonicMs() + 50]);
    clock.moveTo(clock.monotonicMs() + 49);
    expect(taken()).toBe(0);
    task.addRecords(batch(right, [row(0, "r5", 5)]));
    expect([taken(), sent, forced()]).toEqual([1, ["out k=r5@5"], 0]);
    // The wait begins anew, for right had records meanwhile.
    expect(taken()).toBe(0);
    clock.moveTo(clock.monotonicMs() + 50);
    expect([taken(), task.idleUntilMs, forced()]).toEqual([1, Infinity, 1]);
  });

  it("waits for nothing with -1 (R3)", () => {
    const { task } = running(forwarding(), [left, right], { idling: idling(-1, () => 7).waiting });
    task.addRecords(batch(left, [row(0, "l10", 10)]));
    expect(task.process(100)).toBe(1);
  });

  it("waits for records that the broker is known to have (R3)", () => {
    let hasMore = true;
    const { task, sent } = running(forwarding(), [left, right], { idling: idling(0, () => (hasMore ? 1 : 0)).waiting });
    task.addRecords(batch(left, [row(0, "l10", 10)]));
    expect(task.process(100)).toBe(0);
    task.addRecords(batch(right, [row(0, "r5", 5), row(1, "r20", 20)]));
    expect(task.process(100)).toBe(2);
    expect(sent).toEqual(["out k=r5@5", "out k=l10@10"]);
    hasMore = false;
    expect(task.process(100)).toBe(1);
  });

  it("tells the next offset of each partition: the head's, or what follows the last batch, holes included", () => {
    const { task } = running(forwarding(), [left, right]);
    expect(offsets(task)).toEqual([]);
    task.addRecords(batch(left, [row(3, "a", 1), row(7, "b", 2)], 12));
    expect(offsets(task)).toEqual([["left", 3]]);
    task.process(1);
    expect(offsets(task)).toEqual([["left", 7]]);
    task.process(1);
    expect(offsets(task)).toEqual([["left", 12]]);
    task.prepareCommit();
    expect(task.commitNeeded).toBe(false);
    task.addRecords(batch(right, [], 40));
    expect(task.commitNeeded).toBe(true);
    expect(offsets(task)).toEqual([
      ["left", 12],
      ["right", 40],
    ]);
  });

  it("commits past records it cannot use, even when there are no others (KAFKA-6502)", () => {
    const topology = new Topology({ key: serdes.string, value: serdes.long })
      .addSource({ name: "in", topics: "left" })
      .addSink({ name: "sink", topic: "out", parents: ["in"] });
    const errors = { ...defaultTaskConfig.errors, deserialization: logAndContinue };
    const { task, sent } = running(topology, [left], { config: { ...defaultTaskConfig, errors } });
    task.addRecords(batch(left, [row(0, "bad", 1), row(1, "worse", 2)]));
    expect(task.process(100)).toBe(1);
    expect(task.commitNeeded).toBe(true);
    expect([sent, offsets(task), task.droppedRecords]).toEqual([[], [["left", 2]], 2]);
  });

  it("flushes its cache at commit, and only then", () => {
    const { task, sent } = running(counting(), [left]);
    task.addRecords(batch(left, [row(0, "x", 1), row(1, "x", 2), row(2, null, 3)]));
    task.process(100);
    expect(sent).toEqual([]);
    task.prepareCommit();
    expect(sent).toEqual(["app-counts-changelog k=2@2", "counted k=2@2"]);
    task.prepareCommit();
    expect(sent).toHaveLength(2);
  });

  it("names its changelogs and reads them back", () => {
    const { task, state } = running(counting(), [left]);
    const [changelog, ...others] = task.changelogs();
    expect(others).toEqual([]);
    expect(changelog).toMatchObject({
      store: "counts",
      topic: "app-counts-changelog",
      partition: 0,
      state,
      sourceIsChangelog: false,
    });
    const { records } = batch(tp("app-counts-changelog", 0), [row(0, "\0\0\0\0\0\0\0\u0005", 9)]);
    records.next();
    const rows = new RestoredRows();
    changelog!.addRow(records, rows);
    state.store("counts").put(rows.keys[0]!, rows.valueAt(0));
    const { task: next, sent } = running(counting(), [left], { persistentState: state, memoryState: state });
    next.addRecords(batch(left, [row(0, "x", 2)]));
    next.process(1);
    next.prepareCommit();
    expect(sent).toEqual(["app-counts-changelog k=6@9", "counted k=6@9"]);
  });

  it("keeps partition time in the committed offset's metadata (T3)", () => {
    const { task } = running(forwarding(), [left, right]);
    task.seed(left, { offset: 5, metadata: encodeOffsetMetadata(100) });
    task.seed(right, null);
    expect(task.streamTimeMs).toBe(100);
    task.addRecords(batch(left, [row(5, "a", 50)]));
    task.process(1);
    expect(task.positions().get(left)).toEqual({ offset: 6, metadata: encodeOffsetMetadata(100) });
    task.addRecords(batch(left, [row(6, "b", 150)]));
    task.process(1);
    expect(task.positions().get(left)!.metadata).toBe(encodeOffsetMetadata(150));
  });

  it("counts what waits, and forgets it when suspended", () => {
    const { task, sent } = running(forwarding(), [left, right]);
    task.addRecords(batch(left, [row(0, "a", 1), row(1, "b", 2)]));
    task.addRecords(batch(left, [row(2, "c", 3)]));
    task.addRecords(batch(right, [row(0, "d", 4)]));
    expect([task.bufferedRecords(left), task.bufferedRecords()]).toEqual([3, 4]);
    task.process(1);
    expect(task.bufferedRecords(left)).toBe(2);
    task.suspend();
    expect([task.bufferedRecords(), task.process(10), sent.length]).toEqual([0, 0, 1]);
  });

  it("fires stream-time punctuators after each record of a batch, as the driver does (P1)", () => {
    const calls: string[] = [];
    const user = (): Processor => ({
      init(context: ProcessorContext) {
        context.schedule({ intervalMs: 10, type: "stream-time" }, (timeMs) => calls.push(`tick ${timeMs}`));
      },
      process(record: StreamRecord<unknown, unknown>) {
        calls.push(String(record.value));
      },
    });
    const topology = new Topology(strings)
      .addSource({ name: "in", topics: "left" })
      .addProcessor({ name: "user", processor: user, parents: ["in"] });
    const { task } = running(topology, [left]);
    task.addRecords(batch(left, [row(0, "a", 3), row(1, "b", 5), row(2, "c", 12), row(3, "d", 41)]));
    expect(task.process(100)).toBe(4);
    expect(calls).toEqual(["a", "tick 3", "b", "c", "tick 12", "d", "tick 41"]);
  });

  it("hears a processor ask for a commit, fires its wall clock, closes it once", () => {
    const calls: string[] = [];
    const user = (): Processor => ({
      init(context: ProcessorContext) {
        context.schedule({ intervalMs: 100, type: "wall-clock" }, () => {
          calls.push("tick");
          context.commit();
        });
      },
      process(record: StreamRecord<unknown, unknown>) {
        calls.push(String(record.value));
      },
      close() {
        calls.push("close");
      },
    });
    const topology = new Topology(strings)
      .addSource({ name: "in", topics: "left" })
      .addProcessor({ name: "user", processor: user, parents: ["in"] });
    const { task } = running(topology, [left]);
    expect(task.nextWallClockMs()).toBe(100);
    expect(task.punctuateWallClock(99)).toBe(false);
    expect(task.commitNeeded).toBe(false);
    expect(task.punctuateWallClock(100)).toBe(true);
    expect([task.commitRequested, task.commitNeeded]).toEqual([true, true]);
    task.prepareCommit();
    expect(task.commitRequested).toBe(false);
    task.close();
    task.close();
    expect(calls).toEqual(["tick", "close"]);
  });

  it("hands on records that a flush forwards into another cached store", () => {
    const topology = counting()
      .addProcessor({
        name: "again",
        processor: streamCount({ store: "updates", sendOldValues: false }),
        parents: ["stream"],
      })
      .addStateStore(
        timestampedKeyValueStore({ name: "updates", key: serdes.string, value: serdes.long, caching: true }),
        ["again"],
      );
    const { task, sent } = running(topology, [left]);
    task.addRecords(batch(left, [row(0, "x", 1), row(1, "x", 2)]));
    task.process(2);
    task.prepareCommit();
    expect(sent).toEqual(["app-counts-changelog k=2@2", "counted k=2@2", "app-updates-changelog k=1@2"]);
  });

  it("leaves nothing in a cache that was flushed before another flush wrote to it", () => {
    const shared = keyValueStore({ name: "shared", ...strings, caching: true });
    const writer = (prefix: string) => (): Processor => {
      let store: KeyValueStore<string, string>;
      return {
        init: (context: ProcessorContext) => (store = context.getStateStore("shared")),
        process: ({ value }: StreamRecord<unknown, unknown>) => store.put(prefix, String(value)),
      };
    };
    const topology = new Topology(strings)
      .addSource({ name: "in", topics: "left" })
      .addProcessor({ name: "early", processor: writer("early"), parents: ["in"] })
      .addProcessor({
        name: "count",
        processor: streamCount({ store: "counts", sendOldValues: false }),
        parents: ["in"],
      })
      .addProcessor({ name: "stream", processor: tableToStream(), parents: ["count"] })
      .addProcessor({ name: "late", processor: writer("late"), parents: ["stream"] })
      .addStateStore(shared, ["early", "late"])
      .addStateStore(
        timestampedKeyValueStore({ name: "counts", key: serdes.string, value: serdes.long, caching: true }),
        ["count"],
      );
    const { task, sent } = running(topology, [left]);
    task.addRecords(batch(left, [row(0, "x", 1)]));
    task.process(1);
    task.prepareCommit();
    expect(sent.map((line) => line.split("=")[0])).toEqual([
      "app-shared-changelog early",
      "app-counts-changelog k",
      "app-shared-changelog late",
    ]);
  });

  it("stops when its state fails, whatever the processing handler says", async () => {
    const errors = { ...defaultTaskConfig.errors, processing: logAndContinue };
    const { task, state } = running(counting(), [left], { config: { ...defaultTaskConfig, errors, cacheMaxBytes: 0 } });
    task.addRecords(batch(left, [row(0, "x", 1)]));
    await state.close();
    expect(() => task.process(1)).toThrow(StateClosedError);
  });

  it("refuses records of topics it does not read", () => {
    const { task } = running(forwarding(), [left]);
    expect(() => task.addRecords(batch(tp("elsewhere", 0), [row(0, "a", 1)]))).toThrow(
      "Task 0_0 reads no topic elsewhere",
    );
  });
});
