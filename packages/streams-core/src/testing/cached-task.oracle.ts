import { tp } from "@millrace/kafka-client";
import { virtualEnvironment } from "@millrace/kernel/testing";
import { memoryTaskState, RestoredRows, type TaskState } from "@millrace/state-stores";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { noHeaders, type TimestampedKeyValueStore } from "../model/index.js";
import { streamAggregate, tableFilter, tableMapValues, tableSource, tableToStream } from "../processors/index.js";
import { StreamTask } from "../runtime/stream-task.js";
import { defaultTaskConfig } from "../runtime/task-config.js";
import { serdes } from "../serde/index.js";
import { timestampedKeyValueStore } from "../stores/index.js";
import { Topology } from "../topology/index.js";
import { CapturedTopics } from "./captured-topics.js";
import type { SentRecord } from "./sent-record.js";
import { SingleRecordBatch } from "./single-record-batch.js";
import { propertyCases } from "./property-cases.js";

const input = tp("input", 0);
const strings = { key: serdes.string, value: serdes.string };
const stores = ["rows", "kept", "upper", "joined"];

const keep = (value: string): boolean => !value.includes("x");

/** A table, its rows that have no "x", those in upper case; and beside it the texts of a key in a row. */
function topologyOf(caching: ReadonlySet<string>): Topology {
  const store = (name: string) => timestampedKeyValueStore({ name, ...strings, caching: caching.has(name) });
  const sendOldValues = true;
  return new Topology(strings)
    .addSource({ name: "in", topics: "input" })
    .addProcessor({
      name: "table",
      processor: tableSource<string, string>({ store: "rows", sendOldValues }),
      parents: ["in"],
    })
    .addProcessor({
      name: "filter",
      processor: tableFilter<string, string>({
        predicate: (_key, value) => keep(value),
        negate: false,
        store: "kept",
        sendOldValues,
      }),
      parents: ["table"],
    })
    .addProcessor({
      name: "map",
      processor: tableMapValues<string, string, string>({
        mapper: (value) => value.toUpperCase(),
        store: "upper",
        sendOldValues,
      }),
      parents: ["filter"],
    })
    .addProcessor({ name: "stream", processor: tableToStream(), parents: ["map"] })
    .addSink({ name: "out", topic: "output", parents: ["stream"] })
    .addProcessor({
      name: "join",
      processor: streamAggregate<string, string, string>({
        store: "joined",
        init: () => "",
        add: (_key, value, joined) => (value === "xx" ? null : `${joined}|${value}`) as string,
        sendOldValues,
      }),
      parents: ["in"],
    })
    .addProcessor({ name: "joinStream", processor: tableToStream(), parents: ["join"] })
    .addSink({ name: "joinOut", topic: "joins", parents: ["joinStream"] })
    .addStateStore(store("rows"), ["table"])
    .addStateStore(store("kept"), ["filter"])
    .addStateStore(store("upper"), ["map"])
    .addStateStore(store("joined"), ["join"]);
}

/** A record, or a crash: what was not committed is lost and read again, stores come back from their changelogs. */
type Step = { readonly key: string; readonly value: string | null } | "commit" | "crash";

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      key: fc.constantFrom("a", "b", "c", "é"),
      value: fc.option(fc.constantFrom("1", "2", "x", "xx", "日本"), { nil: null, freq: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.constant("commit" as const) },
  { weight: 1, arbitrary: fc.constant("crash" as const) },
);

/** What the stores and the compacted output topics must hold. */
function fromScratch(steps: readonly Step[]): Record<string, [string, string][]> {
  const rows = new Map<string, string>();
  const joined = new Map<string, string>();
  for (const now of steps) {
    if (typeof now === "string") continue;
    if (now.value === null) rows.delete(now.key);
    else rows.set(now.key, now.value);
    if (now.value === "xx") joined.delete(now.key);
    else if (now.value !== null) joined.set(now.key, `${joined.get(now.key) ?? ""}|${now.value}`);
  }
  const sorted = (entries: Iterable<[string, string]>) => [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
  const kept = [...rows].filter(([, value]) => keep(value));
  const upper = sorted(kept.map(([key, value]) => [key, value.toUpperCase()]));
  const all = { rows: sorted(rows), kept: sorted(kept), upper, joined: sorted(joined) };
  return { ...all, output: upper, joins: all.joined };
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** One application instance over a log: the input, and what was sent and committed so far. */
class Instance {
  private readonly log: SentRecord[] = [];
  private readonly sent: SentRecord[] = [];
  private committedSent = 0;
  private committedOffset = 0;
  private captured = new CapturedTopics();
  private task: StreamTask;
  private readonly caching: ReadonlySet<string>;
  private readonly cacheMaxBytes: number;

  constructor(caching: ReadonlySet<string>, cacheMaxBytes: number) {
    this.caching = caching;
    this.cacheMaxBytes = cacheMaxBytes;
    this.task = this.start();
  }

  pipe(key: string, value: string | null): void {
    const offset = this.log.length;
    this.log.push({
      topic: "input",
      key: Buffer.from(key),
      value: value === null ? null : Buffer.from(value),
      timestamp: offset,
      headers: noHeaders,
    });
    this.read(offset);
  }

  commit(): void {
    this.task.prepareCommit();
    this.collect();
    this.committedSent = this.sent.length;
    this.committedOffset = this.task.positions().get(input)?.offset ?? this.committedOffset;
  }

  /** As a transaction's abort: what was sent since the last commit is gone. */
  crash(): void {
    this.sent.length = this.committedSent;
    this.captured = new CapturedTopics();
    this.task = this.start();
    for (let offset = this.committedOffset; offset < this.log.length; offset++) this.read(offset);
  }

  /** Stores, and the last value of each key of the output topics. */
  contents(): Record<string, [string, string][]> {
    const result: Record<string, [string, string][]> = {};
    for (const name of stores) {
      const store = this.task.store(name) as TimestampedKeyValueStore<string, string>;
      result[name] = [...store.all()]
        .map(({ key, value }): [string, string] => [key, value.value])
        .sort(([a], [b]) => (a < b ? -1 : 1));
    }
    for (const topic of ["output", "joins"]) {
      const last = new Map<string, string | null>();
      for (const record of this.sent) {
        if (record.topic === topic) last.set(text(record.key!), record.value === null ? null : text(record.value));
      }
      const present = [...last].flatMap(([key, value]): [string, string][] => (value === null ? [] : [[key, value]]));
      result[topic] = present.sort(([a], [b]) => (a < b ? -1 : 1));
    }
    return result;
  }

  private read(offset: number): void {
    this.task.addRecords(new SingleRecordBatch(input, offset, this.log[offset]!));
    this.task.process(1);
  }

  private collect(): void {
    for (const topic of this.captured.takeSent()) this.sent.push(topic.at(topic.publish()));
  }

  private start(): StreamTask {
    const physical = topologyOf(this.caching).physical();
    const state: TaskState = memoryTaskState("0_0");
    const task = new StreamTask({
      id: { subtopology: 0, partition: 0 },
      applicationId: "app",
      topology: physical,
      subtopologies: physical.subtopologies,
      partitions: [input],
      persistentState: state,
      memoryState: state,
      collector: this.captured,
      globalStores: new Map(),
      environment: virtualEnvironment(),
      config: { ...defaultTaskConfig, cacheMaxBytes: this.cacheMaxBytes },
    });
    for (const changelog of task.changelogs()) {
      this.sent.forEach((record, offset) => {
        if (record.topic !== changelog.topic) return;
        const { records } = new SingleRecordBatch(tp(record.topic, 0), offset, record);
        records.next();
        const rows = new RestoredRows();
        changelog.addRow(records, rows);
        state.store(changelog.store).put(rows.keys[0]!, rows.valueAt(0));
      });
    }
    task.initialize();
    task.seed(input, this.committedOffset === 0 ? null : { offset: this.committedOffset });
    return task;
  }
}

describe("a task", () => {
  it("holds what its input says, whatever is cached, evicted, committed and lost on the way", () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 50 }),
        fc.subarray(stores),
        fc.constantFrom(0, 1, 150, 300, 1_000_000),
        (steps, cached, cacheMaxBytes) => {
          const instance = new Instance(new Set(cached), cacheMaxBytes);
          for (const now of steps) {
            if (now === "commit") instance.commit();
            else if (now === "crash") instance.crash();
            else instance.pipe(now.key, now.value);
          }
          instance.commit();
          expect(instance.contents()).toEqual(fromScratch(steps));
          instance.crash();
          expect(instance.contents()).toEqual(fromScratch(steps));
        },
      ),
      { numRuns: propertyCases() },
    );
  });
});
