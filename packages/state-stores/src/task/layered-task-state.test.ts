import { describe, expect, it } from "vitest";

import { errorCodeOf, putRows, restoredRows, rowsOf, stampAt } from "../conformance/rows.js";
import { type Engine, type EngineBatch, type EngineTable, NO_MARK } from "../engines/engine.js";
import { sortedTree } from "../overlay/sorted-tree.js";
import { TreeCursor } from "../overlay/tree-cursor.js";
import { LayeredTaskState } from "./layered-task-state.js";

/** Rows in a map, on a disk that is full while `full` is set and that writes only when told to. */
class SlowEngine implements Engine {
  readonly countProbes = 64;
  readonly rows = new Map<string, Uint8Array>();
  readonly waiting: (() => void)[] = [];
  full = false;
  mark = NO_MARK;

  table(): EngineTable {
    return {
      get: (key) => this.rows.get(key) ?? null,
      cursor: (range) =>
        new TreeCursor(sortedTree(new Map([...this.rows].map(([key, value]) => [key, { value }]))), range),
      count: () => this.rows.size,
    };
  }

  async write({ parts, mark }: EngineBatch): Promise<void> {
    await new Promise<void>((resolve) => this.waiting.push(resolve));
    if (this.full) throw new Error("ENOSPC");
    for (const part of parts) {
      for (const [key, value] of part.rows.entries()) {
        if (value === null) this.rows.delete(key);
        else this.rows.set(key, value);
      }
    }
    this.mark = mark;
  }

  async wipe(): Promise<void> {
    this.rows.clear();
  }

  async close(): Promise<void> {}

  /** Lets the next batch through, once it has been handed over. */
  async finishOne(): Promise<void> {
    while (this.waiting.length === 0) await Promise.resolve();
    this.waiting.shift()?.();
  }
}

const open = () => {
  const engine = new SlowEngine();
  const closed: [string, number][] = [];
  const state = new LayeredTaskState("0_0", engine, {
    closed: (taskId, leakedIterators) => closed.push([taskId, leakedIterators]),
  });
  return { engine, state, store: state.store("s"), closed };
};

describe("task state whose batch fails", () => {
  it("says so, writes no more, and goes on reading what it has", async () => {
    const { engine, state, store } = open();
    putRows(store, "a=1");
    engine.full = true;
    state.freeze();
    const failed = errorCodeOf(() => state.commitFrozen(new Map([["c-0", 1]]), stampAt(1)));
    await engine.finishOne();
    expect(await failed).toBe("MILLRACE_STATE_WRITE");
    engine.full = false;
    putRows(store, "b=2");
    expect([rowsOf(store), state.frozen, state.offsets().size, state.stamp()]).toEqual([["a=1", "b=2"], true, 0, null]);
    for (const write of [
      () => state.spill(),
      () => state.restore("s", restoredRows([]), "c-0", 1),
      () => state.wipe(),
    ]) {
      expect(await errorCodeOf(write)).toMatch(/^MILLRACE_STATE_(WRITE|MISUSE)$/u);
    }
    await state.close();
  });
});

describe("task state with a slow disk", () => {
  it("writes batches one after the other, in the order of the calls", async () => {
    const { engine, state, store } = open();
    putRows(store, "a=1", "b=1");
    const spilled = state.spill();
    putRows(store, "a=2");
    state.freeze();
    putRows(store, "a=3");
    const committed = state.commitFrozen(new Map([["c-0", 2]]), stampAt(1));
    expect([rowsOf(store), engine.rows.size]).toEqual([["a=3", "b=1"], 0]);
    await engine.finishOne();
    await spilled;
    expect([rowsOf(store), engine.rows.size, state.frozen]).toEqual([["a=3", "b=1"], 2, true]);
    await engine.finishOne();
    await committed;
    state.discard();
    expect([rowsOf(store), state.frozen]).toEqual([["a=2", "b=1"], false]);
  });

  it("awaits the batch being written when it closes, then tells of leaked iterators", async () => {
    const { engine, state, store, closed } = open();
    putRows(store, "a=1");
    store.iterate({ from: null, to: null, reverse: false });
    state.freeze();
    const committed = state.commitFrozen(new Map([["c-0", 1]]), stampAt(1));
    const closing = state.close();
    expect(closed).toEqual([]);
    await engine.finishOne();
    await Promise.all([committed, closing]);
    expect([closed, state.offsets()]).toEqual([[["0_0", 1]], new Map([["c-0", 1]])]);
  });
});
