import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tp } from "@millrace/kafka-client";
import {
  leveldbBackend,
  memoryTaskState,
  RestoredRows,
  type StateBackend,
  type TaskState,
} from "@millrace/state-stores";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  Windowed,
  type SessionStore,
  type StoreBuilder,
  type VersionedKeyValueStore,
  type WindowStore,
} from "../model/index.js";
import { serdes } from "../serde/index.js";
import { propertyCases } from "../testing/property-cases.js";
import { SingleRecordBatch } from "../testing/single-record-batch.js";
import {
  CurrentRecord,
  openStore,
  RecordCache,
  sessionStore,
  versionedKeyValueStore,
  windowStore,
  type OpenStore,
} from "./index.js";

const RETENTION_MS = 100;
const SEGMENT_MS = 50;
const strings = { name: "s", key: serdes.string, value: serdes.string };
const keys = ["a", "ab", "b", "é"];

interface Step {
  readonly key: string;
  readonly value: string | null;
  readonly advanceMs: number;
  readonly lateMs: number;
  readonly lengthMs: number;
  readonly then: "nothing" | "flush" | "commit" | "reopen";
}

const steps = fc.array(
  fc.record<Step>({
    key: fc.constantFrom(...keys),
    value: fc.option(fc.string({ maxLength: 3 }), { freq: 5 }),
    advanceMs: fc.constantFrom(0, 0, 1, 10, 49, 50, 120),
    lateMs: fc.constantFrom(0, 0, 0, 1, 30, 99, 100, 101, 200),
    lengthMs: fc.constantFrom(0, 5, 20),
    then: fc.constantFrom("nothing", "nothing", "nothing", "flush", "commit", "reopen"),
  }),
  { maxLength: 40 },
);

interface Logged {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
  readonly timestamp: number;
}

/** What a kind of store is, and how steps and reads are done on it. */
interface Kind<S> {
  readonly builder: StoreBuilder;
  put(store: S, step: Step, timeMs: number): unknown;
  read(store: S, nowMs: number): unknown;
}

const list = (rows: Iterable<unknown>): unknown[] => [...rows];

function windowKind(engine: "memory" | "persistent", retainDuplicates: boolean): Kind<WindowStore<string, string>> {
  const options = { ...strings, engine, retainDuplicates, retentionMs: RETENTION_MS, windowSizeMs: 10 };
  return {
    builder: { ...windowStore(options), segmentIntervalMs: SEGMENT_MS },
    put: (store, { key, value }, timeMs) => store.put(key, value, timeMs),
    read: (store, nowMs) => [
      list(store.all()),
      keys.map((key) => [list(store.fetch(key, 0, 1e6)), list(store.backwardFetch(key, nowMs - 60, nowMs))]),
      list(store.fetchRange("ab", "b", nowMs - 80, nowMs)),
      list(store.backwardAll()),
      retainDuplicates ? null : keys.map((key) => store.get(key, nowMs)),
    ],
  };
}

function sessionKind(engine: "memory" | "persistent"): Kind<SessionStore<string, string>> {
  return {
    builder: { ...sessionStore({ ...strings, engine, retentionMs: RETENTION_MS }), segmentIntervalMs: SEGMENT_MS },
    put: (store, { key, value, lengthMs }, timeMs) => store.put(new Windowed(key, timeMs - lengthMs, timeMs), value),
    read: (store, nowMs) => [
      list(store.fetchRange(null, null)),
      keys.map((key) => [list(store.fetch(key)), list(store.findSessions(key, nowMs - 50, nowMs - 10))]),
      keys.map((key) => store.get(key, nowMs, nowMs)),
    ],
  };
}

const versionedKind: Kind<VersionedKeyValueStore<string, string>> = {
  builder: versionedKeyValueStore({ ...strings, historyRetentionMs: RETENTION_MS, segmentIntervalMs: SEGMENT_MS }),
  put: (store, { key, value }, timeMs) => store.put(key, value, timeMs),
  read: (store, nowMs) =>
    keys.map((key) => [
      store.get(key),
      store.get(key, nowMs - 30),
      store.history(key),
      store.history(key, { fromMs: nowMs - 70, toMs: nowMs - 10 }),
    ]),
};

/** A store over one task state, opened again when a step says so. */
class Subject<S> {
  readonly logged: Logged[] = [];
  readonly kind: Kind<S>;
  readonly builder: StoreBuilder;
  readonly state: TaskState;
  open: OpenStore;

  constructor(kind: Kind<S>, state: TaskState, caching = false) {
    this.kind = kind;
    this.builder = { ...kind.builder, caching };
    this.state = state;
    this.open = this.opened();
  }

  get store(): S {
    return this.open.store as S;
  }

  opened(): OpenStore {
    return openStore(this.builder, {
      rows: this.state.store("s"),
      topic: "app-s-changelog",
      changelog: { write: (key, value, timestamp) => this.logged.push({ key: key.slice(), value, timestamp }) },
      cache: new RecordCache(400),
      current: new CurrentRecord(),
      persistent: false,
    });
  }

  async then(what: Step["then"]): Promise<void> {
    if (what === "nothing") return;
    this.open.flush();
    if (what === "flush") return;
    this.state.freeze();
    await this.state.commitFrozen(new Map(), { clusterId: "c", committedAtMs: 0 });
    if (what === "reopen") this.open = this.opened();
  }

  /** Writes what the changelog says into this state. */
  restore(logged: readonly Logged[]): void {
    for (const [offset, record] of logged.entries()) {
      const { records } = new SingleRecordBatch(tp("t", 0), offset, { ...record, headers: [] });
      records.next();
      const rows = new RestoredRows();
      this.open.addRow(records, rows);
      if (rows.size > 0) this.state.store("s").put(rows.keys[0]!, rows.valueAt(0));
    }
  }
}

/** Runs the steps on several stores at once; gives the stream time at the end. Reads must agree wherever asked. */
async function run<S>(given: readonly Step[], subjects: readonly Subject<S>[], compare: boolean): Promise<number> {
  let nowMs = 1000;
  for (const step of given) {
    nowMs += step.advanceMs;
    const results = subjects.map((subject) => subject.kind.put(subject.store, step, nowMs - step.lateMs));
    for (const subject of subjects) await subject.then(step.then);
    if (!compare) continue;
    expect(results.slice(1)).toEqual(results.slice(1).map(() => results[0]));
    const [first, ...others] = subjects.map((subject) => subject.kind.read(subject.store, nowMs));
    for (const other of others) expect(other).toEqual(first);
  }
  return nowMs;
}

const kinds: readonly (readonly [string, Kind<never>])[] = [
  ["a window store", windowKind("persistent", false) as Kind<never>],
  ["a window store that keeps duplicates", windowKind("persistent", true) as Kind<never>],
  ["a window store sorted by time", timeOrdered(windowKind("persistent", false)) as Kind<never>],
  ["a window store in memory", windowKind("memory", false) as Kind<never>],
  ["a session store", sessionKind("persistent") as Kind<never>],
  ["a session store in memory", sessionKind("memory") as Kind<never>],
  ["a versioned store", versionedKind as Kind<never>],
];

function timeOrdered<S>(kind: Kind<S>): Kind<S> {
  return { ...kind, builder: { ...kind.builder, timeOrdered: true } };
}

describe.each(kinds)("%s", (_name, kind) => {
  let dir: string;
  let backend: StateBackend;
  let tasks = 0;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "millrace-forget-"));
    backend = await leveldbBackend({ dir });
  });
  afterAll(async () => {
    await backend.close();
    await rm(dir, { recursive: true, force: true });
  });

  it("reads the same on LevelDB as in memory, opened again or not", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (given) => {
        const state = await backend.open(`0_${tasks++}`);
        try {
          await run(given, [new Subject(kind, memoryTaskState("0_0")), new Subject(kind, state)], true);
        } finally {
          await state.close();
        }
      }),
      { numRuns: Math.ceil(propertyCases() / 10) },
    );
  });

  it("restored from its changelog, or behind a cache, has the same rows in the end", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (given) => {
        const plain = new Subject(kind, memoryTaskState("0_0"));
        const cached = new Subject(kind, memoryTaskState("0_1"), true);
        const nowMs = await run(given, [plain, cached], false);
        await cached.then("commit");
        const expected = kind.read(plain.store, nowMs);
        const restored = new Subject(kind, memoryTaskState("0_2"));
        restored.restore(plain.logged);
        expect(kind.read(restored.store, nowMs)).toEqual(expected);
        expect(kind.read(new Subject(kind, cached.state).store, nowMs)).toEqual(expected);
      }),
      { numRuns: propertyCases() },
    );
  });
});

describe("a window store", () => {
  it("is a list of rows that forgets those as old as the retention", () => {
    fc.assert(
      fc.property(steps, fc.constantFrom("memory" as const, "persistent" as const), (given, engine) => {
        const kind = windowKind(engine, false);
        const { store } = new Subject(kind, memoryTaskState("0_0"));
        const rows = new Map<string, readonly [string, number, string]>();
        let nowMs = 1000;
        let observedMs = -1;
        for (const { key, value, advanceMs, lateMs } of given) {
          nowMs += advanceMs;
          const startMs = nowMs - lateMs;
          observedMs = Math.max(observedMs, startMs);
          store.put(key, value, startMs);
          if (value === null) rows.delete(`${key}@${startMs}`);
          else rows.set(`${key}@${startMs}`, [key, startMs, value]);
          const live = [...rows.values()].filter(([, start]) => start > observedMs - RETENTION_MS);
          expect(list(store.all()).length).toBe(live.length);
          for (const one of keys) {
            const expected = live.filter(([other]) => other === one).sort(([, left], [, right]) => left - right);
            expect(Array.from(store.fetch(one, 0, 1e6), ({ key: start, value: text }) => [one, start, text])).toEqual(
              expected,
            );
          }
        }
      }),
      { numRuns: propertyCases() },
    );
  });
});
