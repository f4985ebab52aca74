import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { BytesStore, KeyRange, StateBackend, StoreIterator, TaskState } from "../contract/index.js";
import { ALL_KEYS, memoryBackend } from "../index.js";
import type { BackendSubject } from "./backend-subject.js";
import { leveldbSubject } from "./leveldb-subject.js";
import { restoredRows, stampAt } from "./rows.js";
import { StateModel } from "./state-model.js";

const STORES = ["s", "t"];
/** Its rows are dropped by their first byte. */
const GROUPED = "t";
const SOME_KEYS = ["", "\0", "\0\0", "a", "a\0", "aÿ", "ab", "b", "ÿ", "ÿ\0", "ÿÿ"];

/** The task under test beside its model, and iterators left open beside the rows they have yet to give. */
class Pair {
  readonly #subject: BackendSubject;
  readonly model = new StateModel();
  backend: StateBackend;
  state: TaskState;
  open: { rows: StoreIterator; expected: [string, Uint8Array][] }[] = [];
  offset = 0;
  /** Where the rows of an earlier life are is not known to those that count what was dropped. */
  countsAreGuesses = false;

  constructor(subject: BackendSubject, backend: StateBackend, state: TaskState) {
    this.#subject = subject;
    this.backend = backend;
    this.state = state;
    this.store(GROUPED).groupByPrefix?.(1);
  }

  store(name: string): BytesStore {
    return this.state.store(name);
  }

  async restart(): Promise<void> {
    this.open = [];
    await this.state.close();
    this.backend = await this.#subject.restart(this.backend);
    this.state = await this.backend.open("0_0");
    this.store(GROUPED).groupByPrefix?.(1);
    this.model.discard();
    this.countsAreGuesses = true;
  }

  checkRows(): void {
    for (const name of STORES) {
      const expected = this.model.rows(name, ALL_KEYS);
      expect(read(this.store(name).iterate(ALL_KEYS))).toEqual(expected);
      for (const k of [...SOME_KEYS, ...expected.map(([other]) => other)]) {
        expect([k, this.store(name).get(k)?.join() ?? null]).toEqual([k, this.model.get(name, k)?.join() ?? null]);
      }
    }
  }

  check(): void {
    this.checkRows();
    expect(Object.fromEntries(this.state.offsets())).toEqual(this.model.offsets());
    expect(this.state.stamp()?.committedAtMs ?? null).toEqual(this.model.stampMs());
    expect(this.state.frozen).toEqual(this.model.frozen);
  }
}

type Step = (pair: Pair) => Promise<void> | void;

const read = (rows: Iterable<{ key: string; value: Uint8Array }>): [string, Uint8Array][] =>
  [...rows].map(({ key, value }) => [key, Uint8Array.from(value)]);

const key = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...SOME_KEYS) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString("latin1")) },
);
const value = fc.option(fc.uint8Array({ maxLength: 12 }), { freq: 3 });
const store = fc.constantFrom(...STORES);
const range: fc.Arbitrary<KeyRange> = fc.record({ from: fc.option(key), to: fc.option(key), reverse: fc.boolean() });

const put = fc.tuple(store, key, value).map(([name, k, v]): Step => (pair) => {
  pair.store(name).put(k, v);
  pair.model.put(name, k, v);
});
const drop = fc.constantFrom("\0", "a", "b", "c", "ÿ").map((to): Step => (pair) => {
  pair.store(GROUPED).dropBelow!(to);
  pair.model.dropBelow(GROUPED, to);
});
const get = fc.tuple(store, key).map(([name, k]): Step => (pair) => {
  const found = pair.store(name).get(k);
  expect(found === null ? null : Uint8Array.from(found)).toEqual(pair.model.get(name, k));
});
const iterate = fc.tuple(store, range, fc.nat(5)).map(([name, bounds, taken]): Step => (pair) => {
  const expected = pair.model.rows(name, bounds);
  const rows = pair.store(name).iterate(bounds);
  for (let index = 0; index < taken; index += 1) {
    const { done, value: row } = rows.next();
    expect([done, row === undefined ? undefined : [row.key, Uint8Array.from(row.value)]]).toEqual(
      index < expected.length ? [false, expected[index]] : [true, undefined],
    );
  }
  pair.open.push({ rows, expected: expected.slice(taken) });
});
const finishIterators = fc.constant<Step>((pair) => {
  for (const { rows, expected } of pair.open) expect(read(rows)).toEqual(expected);
  pair.open = [];
  expect(pair.state.openIterators).toEqual(0);
});
const freeze = fc.constant<Step>((pair) => {
  if (pair.model.frozen) return;
  pair.state.freeze();
  pair.model.freeze();
});
const commit = fc.boolean().map((readMeanwhile): Step => async (pair) => {
  if (!pair.model.frozen) return;
  pair.offset += 1;
  const written = pair.state.commitFrozen(new Map([["c-0", pair.offset]]), stampAt(pair.offset));
  if (readMeanwhile) pair.checkRows();
  await written;
  pair.model.commit("c-0", pair.offset);
});
const discard = fc.constant<Step>((pair) => {
  pair.state.discard();
  pair.model.discard();
});
const spill = fc.boolean().map((readMeanwhile): Step => async (pair) => {
  const written = pair.state.spill();
  if (readMeanwhile) pair.checkRows();
  await written;
  pair.model.spill();
});
const restore = fc
  .tuple(store, fc.array(fc.record({ key, value }), { maxLength: 5 }))
  .map(([name, rows]): Step => async (pair) => {
    pair.state.discard();
    pair.model.discard();
    pair.offset += rows.length;
    await pair.state.restore(name, restoredRows(rows), `${name}-0`, pair.offset);
    pair.model.restore(name, rows, `${name}-0`, pair.offset);
  });
const wipe = fc.constant<Step>(async (pair) => {
  await pair.state.wipe();
  pair.open = [];
  pair.model.wipe();
});
const restart = fc.constant<Step>((pair) => pair.restart());

const steps = fc.array(
  fc.oneof(
    { weight: 30, arbitrary: put },
    { weight: 3, arbitrary: drop },
    { weight: 8, arbitrary: get },
    { weight: 8, arbitrary: iterate },
    { weight: 3, arbitrary: finishIterators },
    { weight: 4, arbitrary: freeze },
    { weight: 4, arbitrary: commit },
    { weight: 1, arbitrary: discard },
    { weight: 2, arbitrary: spill },
    { weight: 1, arbitrary: restore },
    { weight: 1, arbitrary: wipe },
    { weight: 1, arbitrary: restart },
  ),
  { maxLength: 80, size: "max" },
);

const equalsModel = (subject: BackendSubject) =>
  fc.asyncProperty(steps, async (sequence) => {
    const backend = await subject.create();
    const pair = new Pair(subject, backend, await backend.open("0_0"));
    try {
      for (const step of sequence) await step(pair);
      for (const { rows, expected } of pair.open) expect(read(rows)).toEqual(expected);
      pair.check();
      for (const name of STORES) {
        if (pair.countsAreGuesses && name === GROUPED && pair.state.engine === "leveldb") continue;
        expect(Math.abs(pair.store(name).approximateCount() - pair.model.count(name))).toBeLessThanOrEqual(
          pair.state.engine === "memory" ? 0 : 5,
        );
      }
      await pair.restart();
      pair.check();
    } finally {
      await subject.dispose(pair.backend);
    }
  });

describe("random histories of a task", () => {
  it("equal the model in memory", async () => {
    const inMemory: BackendSubject = {
      create: () => memoryBackend(),
      restart: async (backend) => backend,
      dispose: (backend) => backend.close(),
    };
    await fc.assert(equalsModel(inMemory), { numRuns: 2_000 });
  });

  it("equal the model in leveldb", async () => {
    await fc.assert(equalsModel(leveldbSubject()), { numRuns: 60 });
  });
});
