import type { BackendSubject } from "./backend-subject.js";
import { errorCodeOf, putRows, rowsOf, stampAt, textOf, valueOf } from "./rows.js";
import { taskTest } from "./task-test.js";
import type { ConformanceTools } from "./tools.js";

/** Freezing, committing, aborting, restoring and what is there after a restart. */
export const commitSuite = (tools: ConformanceTools, subject: BackendSubject): void => {
  const { describe, expect } = tools;
  const test = taskTest(tools, subject);

  describe("a commit", () => {
    test("keeps rows, offsets and stamp together across a restart", async (task) => {
      putRows(task.store, "a=1", "b=1");
      await task.commit(new Map([["s-changelog-0", 2]]));
      putRows(task.store, "b", "c=2");
      await task.commit(new Map([["t-changelog-0", 7]]));
      putRows(task.store, "lost=3");
      await task.restart();
      expect(rowsOf(task.store)).toEqual(["a=1", "c=2"]);
      expect([...task.state.offsets()]).toEqual([
        ["s-changelog-0", 2],
        ["t-changelog-0", 7],
      ]);
      expect(task.state.stamp()).toEqual(stampAt(1));
    });

    test("has neither offsets nor stamp before the first", async ({ state }) => {
      expect([state.offsets().size, state.stamp(), state.frozen, state.overlayBytes]).toEqual([0, null, false, 0]);
    });

    test("takes what was frozen, not what came after", async (task) => {
      putRows(task.store, "a=1");
      task.state.freeze();
      putRows(task.store, "a=2", "b=2");
      await task.state.commitFrozen(new Map([["c-0", 1]]), stampAt(5));
      expect([task.state.frozen, rowsOf(task.store)]).toEqual([false, ["a=2", "b=2"]]);
      await task.restart();
      expect([rowsOf(task.store), task.state.stamp()]).toEqual([["a=1"], stampAt(5)]);
    });

    test("stays readable while it is written", async ({ state, store }) => {
      const keys = Array.from({ length: 3000 }, (_, index) => `k${index}`);
      for (const key of keys) store.put(key, valueOf("1"));
      state.freeze();
      const written = state.commitFrozen(new Map(), stampAt(1));
      const duringWrite = keys.filter((key) => textOf(store.get(key)) === "1").length;
      const rangeDuringWrite = rowsOf(store).length;
      await written;
      expect([duringWrite, rangeDuringWrite, rowsOf(store).length]).toEqual([3000, 3000, 3000]);
    });

    test("is refused out of order", async ({ state }) => {
      expect(await errorCodeOf(() => state.commitFrozen(new Map(), stampAt(1)))).toEqual("MILLRACE_STATE_MISUSE");
      state.freeze();
      expect(await errorCodeOf(() => state.freeze())).toEqual("MILLRACE_STATE_MISUSE");
      const first = state.commitFrozen(new Map(), stampAt(1));
      expect(await errorCodeOf(() => state.commitFrozen(new Map(), stampAt(2)))).toEqual("MILLRACE_STATE_MISUSE");
      await first;
      expect(state.stamp()).toEqual(stampAt(1));
    });

    test("tells how much the running overlay holds", async ({ state, store, commit }) => {
      store.put("key", new Uint8Array(1000));
      const once = state.overlayBytes;
      store.put("key", new Uint8Array(3000));
      expect([once > 1000, state.overlayBytes - once]).toEqual([true, 2000]);
      await commit();
      expect(state.overlayBytes).toEqual(0);
    });
  });

  describe("a discard", () => {
    test("drops running and frozen rows", async ({ state, store, commit }) => {
      putRows(store, "a=1", "b=1");
      await commit();
      putRows(store, "a=2", "b");
      state.freeze();
      putRows(store, "c=3");
      state.discard();
      expect([state.frozen, rowsOf(store)]).toEqual([false, ["a=1", "b=1"]]);
    });

    test("leaves alone what is being written", async ({ state, store }) => {
      putRows(store, "a=1");
      state.freeze();
      const written = state.commitFrozen(new Map([["c-0", 1]]), stampAt(1));
      putRows(store, "b=2");
      state.discard();
      expect(rowsOf(store)).toEqual(["a=1"]);
      await written;
      expect([rowsOf(store), [...state.offsets()]]).toEqual([["a=1"], [["c-0", 1]]]);
    });
  });
};
