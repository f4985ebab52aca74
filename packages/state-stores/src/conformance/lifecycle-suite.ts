import type { BackendSubject } from "./backend-subject.js";
import { errorCodeOf, putRows, restoredRows, rowsOf, stampAt, valueOf } from "./rows.js";
import { taskTest } from "./task-test.js";
import type { ConformanceTools } from "./tools.js";

/** Spills, restores, wipes; opening, finding and removing tasks. */
export const lifecycleSuite = (tools: ConformanceTools, subject: BackendSubject): void => {
  const { describe, expect } = tools;
  const test = taskTest(tools, subject);

  describe("a spill", () => {
    test("writes rows, but neither offsets nor stamp", async (task) => {
      putRows(task.store, "a=1");
      await task.commit(new Map([["c-0", 1]]));
      putRows(task.store, "a=2", "b=2");
      await task.state.spill();
      expect([task.state.overlayBytes, rowsOf(task.store)]).toEqual([0, ["a=2", "b=2"]]);
      task.state.discard();
      await task.restart();
      expect(rowsOf(task.store)).toEqual(["a=2", "b=2"]);
      expect([[...task.state.offsets()], task.state.stamp()]).toEqual([[["c-0", 1]], stampAt(1)]);
    });

    test("is not overtaken by older, frozen rows", async (task) => {
      putRows(task.store, "a=frozen", "b=frozen");
      task.state.freeze();
      putRows(task.store, "a=newer");
      await task.state.spill();
      await task.state.commitFrozen(new Map([["c-0", 1]]), stampAt(2));
      expect(rowsOf(task.store)).toEqual(["a=newer", "b=frozen"]);
      await task.restart();
      expect([rowsOf(task.store), [...task.state.offsets()]]).toEqual([["a=newer", "b=frozen"], [["c-0", 1]]]);
    });

    test("waits for a commit being written", async (task) => {
      putRows(task.store, "a=1");
      task.state.freeze();
      const written = task.state.commitFrozen(new Map([["c-0", 1]]), stampAt(2));
      putRows(task.store, "a=2");
      await Promise.all([written, task.state.spill()]);
      await task.restart();
      expect([rowsOf(task.store), task.state.stamp()]).toEqual([["a=2"], stampAt(2)]);
    });
  });

  describe("a restore", () => {
    test("applies rows in order, deletes included, with the position", async (task) => {
      const rows = [
        { key: "a", value: valueOf("1") },
        { key: "b", value: valueOf("1") },
        { key: "a", value: null },
        { key: "b", value: valueOf("2") },
      ];
      await task.state.restore("s", restoredRows(rows), "c-0", 4);
      await task.state.restore("s2", restoredRows(rows.slice(0, 1)), "c2-0", 1);
      expect(rowsOf(task.store)).toEqual(["b=2"]);
      await task.restart();
      expect([rowsOf(task.store), rowsOf(task.state.store("s2"))]).toEqual([["b=2"], ["a=1"]]);
      expect([...task.state.offsets()]).toEqual([
        ["c-0", 4],
        ["c2-0", 1],
      ]);
    });

    test("replaces what an earlier commit left", async ({ state, store, commit }) => {
      putRows(store, "a=1", "b=1");
      await commit();
      await state.restore("s", restoredRows([{ key: "a", value: null }]), "c-0", 9);
      expect([store.get("a"), rowsOf(store)]).toEqual([null, ["b=1"]]);
    });
  });

  describe("a wipe", () => {
    test("leaves nothing, and a task that goes on working", async (task) => {
      putRows(task.store, "a=1");
      putRows(task.state.store("s2"), "a=1");
      await task.commit(new Map([["c-0", 1]]));
      const rows = task.store.iterate({ from: null, to: null, reverse: false });
      putRows(task.store, "b=1");
      await task.state.wipe();
      expect([rows.next().done, rowsOf(task.store), task.store.get("a"), task.store.approximateCount()]).toEqual([
        true,
        [],
        null,
        0,
      ]);
      expect([task.state.offsets().size, task.state.stamp(), task.state.overlayBytes]).toEqual([0, null, 0]);
      putRows(task.state.store("s2"), "z=2");
      await task.commit();
      await task.restart();
      expect([rowsOf(task.store), rowsOf(task.state.store("s2"))]).toEqual([[], ["z=2"]]);
    });
  });

  describe("a backend", () => {
    test("lists tasks that have state, open or not", async (task) => {
      await (await task.backend.open("1_10")).close();
      await (await task.backend.open("1_2")).close();
      expect(await task.backend.tasks()).toEqual(["0_0", "1_10", "1_2"]);
      await task.restart();
      expect(await task.backend.tasks()).toEqual(["0_0", "1_10", "1_2"]);
    });

    test("opens a task once", async ({ backend, state }) => {
      expect(await errorCodeOf(() => backend.open("0_0"))).toEqual("MILLRACE_STATE_MISUSE");
      await state.close();
      await state.close();
      await (await backend.open("0_0")).close();
    });

    test("removes a task that is not open", async ({ backend, state, store, commit }) => {
      putRows(store, "a=1");
      await commit(new Map([["c-0", 1]]));
      expect(await errorCodeOf(() => backend.remove("0_0"))).toEqual("MILLRACE_STATE_MISUSE");
      await state.close();
      await backend.remove("0_0");
      await backend.remove("9_9");
      expect(await backend.tasks()).toEqual([]);
      const fresh = await backend.open("0_0");
      expect([rowsOf(fresh.store("s")), fresh.offsets().size]).toEqual([[], 0]);
    });

    test("refuses ids that are not task ids", async ({ backend }) => {
      const codes = await Promise.all(["", "..", "a/b", "a b"].map((id) => errorCodeOf(() => backend.open(id))));
      expect(new Set(codes)).toEqual(new Set(["MILLRACE_STATE_MISUSE"]));
    });

    test("keeps its instance id", async (task) => {
      const { instanceId } = task.backend;
      await task.restart();
      expect([instanceId.length > 0, task.backend.instanceId]).toEqual([true, instanceId]);
    });

    test("closes its tasks, after their batches, and opens no more", async ({ backend, state, store }) => {
      putRows(store, "a=1");
      state.freeze();
      const written = state.commitFrozen(new Map(), stampAt(3));
      await backend.close();
      await written;
      expect(state.stamp()).toEqual(stampAt(3));
      expect(await errorCodeOf(() => backend.open("0_0"))).toEqual("MILLRACE_STATE_CLOSED");
      expect(await errorCodeOf(() => backend.tasks())).toEqual("MILLRACE_STATE_CLOSED");
    });
  });
};
