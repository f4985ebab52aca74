import type { BytesStore } from "../contract/index.js";
import { prefixRange } from "../keys/key-range.js";
import type { BackendSubject } from "./backend-subject.js";
import { errorCodeOf, putRows, rowsOf, stampAt, textOf, valueOf } from "./rows.js";
import { type TaskTest, type TaskUnderTest, taskTest } from "./task-test.js";
import type { ConformanceTools } from "./tools.js";

/** Reading, writing and iterating, whatever layer a row is in. */
export const storeSuite = (tools: ConformanceTools, subject: BackendSubject): void => {
  const { describe, expect } = tools;
  const test = taskTest(tools, subject);

  describe("a store", () => {
    test("gives back what was put, and null for the rest", async ({ store }) => {
      store.put("a", valueOf("1"));
      store.put("empty", new Uint8Array(0));
      expect([textOf(store.get("a")), textOf(store.get("empty")), store.get("b")]).toEqual(["1", "", null]);
      store.put("a", null);
      expect(store.get("a")).toEqual(null);
    });

    test("keeps any bytes in keys and values", async ({ state, store, commit }) => {
      const keys = ["", "\0", "\0\0", "\x7f", "\x80", "ÿ", "ÿÿ", "a\0b", "é".repeat(700)];
      const value = Uint8Array.from([0, 255, 128, 10]);
      for (const key of keys) store.put(key, value);
      await commit();
      expect(keys.map((key) => [...(store.get(key) ?? [])])).toEqual(keys.map(() => [...value]));
      expect([...store.iterate(prefixRange(""))].map(({ key }) => key)).toEqual([...keys].sort());
      expect(state.openIterators).toEqual(0);
    });

    test("finds keys of every length, one after the other", async ({ store, commit }) => {
      const keys = Array.from({ length: 400 }, (_, index) => `a${"ÿ".repeat(index * 3)}`);
      for (const key of keys) store.put(key, valueOf(String(key.length)));
      await commit();
      store.put("-", null);
      await commit();
      expect(keys.map((key) => textOf(store.get(key)))).toEqual(keys.map((key) => String(key.length)));
    });

    test("is the same object on each call, and does not see other stores", async ({ state, store, commit }) => {
      expect(state.store("s") === store).toEqual(true);
      putRows(store, "k=s");
      putRows(state.store("s2"), "k=s2", "l=s2");
      await commit();
      expect([rowsOf(store), rowsOf(state.store("s2")), rowsOf(state.store("none"))]).toEqual([
        ["k=s"],
        ["k=s2", "l=s2"],
        [],
      ]);
    });

    test("counts its rows", async ({ store, commit }) => {
      putRows(store, "a=1", "b=1", "c=1");
      expect(store.approximateCount()).toEqual(3);
      await commit();
      putRows(store, "a", "b=2", "d=1", "e=1", "none");
      expect(store.approximateCount()).toEqual(4);
      await commit();
      expect(store.approximateCount()).toEqual(4);
    });
  });

  describe("iteration", () => iterationTests(tools, test));
  describe("rows dropped below a key", () => droppingTests(tools, test));
};

/** The store of `task`, ready to drop rows by their first byte. */
const grouped = ({ store }: TaskUnderTest): BytesStore => {
  store.groupByPrefix?.(1);
  return store;
};

const droppingTests = ({ expect }: ConformanceTools, test: TaskTest): void => {
  test("are gone from every layer, and stay so", async (task) => {
    const store = grouped(task);
    putRows(store, "a1=committed", "b1=committed", "c1=committed");
    await task.commit();
    putRows(store, "a2=frozen", "b1=frozen", "c2=frozen");
    task.state.freeze();
    putRows(store, "a3=running", "b2=running", "c3=running");
    store.dropBelow?.("c");
    const left = ["c1=committed", "c2=frozen", "c3=running"];
    expect([rowsOf(store), rowsOf(store, { reverse: true })]).toEqual([left, [...left].reverse()]);
    expect([rowsOf(store, { from: "a", to: "b" }), store.get("a1"), store.get("b1"), store.get("b2")]).toEqual([
      [],
      null,
      null,
      null,
    ]);
    await task.state.commitFrozen(new Map(), stampAt(1));
    expect([rowsOf(store), store.approximateCount()]).toEqual([left, 3]);
    await task.commit();
    expect([rowsOf(store), store.approximateCount()]).toEqual([left, 3]);
    await task.restart();
    expect([rowsOf(task.store), task.store.get("b1")]).toEqual([left, null]);
  });

  test("make room for later ones", async (task) => {
    const store = grouped(task);
    putRows(store, "a1=1", "a2=1", "b1=1", "c1=1");
    await task.commit();
    store.dropBelow?.("c");
    putRows(store, "a1=2", "b2=2");
    const first = ["a1=2", "b2=2", "c1=1"];
    expect(rowsOf(store)).toEqual(first);
    await task.commit();
    expect([rowsOf(store), store.get("a2")]).toEqual([first, null]);
    store.dropBelow?.("b");
    await task.commit();
    putRows(store, "a2=3");
    const second = ["a2=3", "b2=2", "c1=1"];
    expect(rowsOf(store)).toEqual(second);
    await task.commit();
    expect([rowsOf(store), store.get("a1")]).toEqual([second, null]);
    await task.restart();
    expect([rowsOf(task.store), task.store.get("a1")]).toEqual([second, null]);
  });

  test("come back with a discard", async (task) => {
    const store = grouped(task);
    putRows(store, "a1=1", "b1=1");
    await task.commit();
    putRows(store, "a2=2");
    store.dropBelow?.("b");
    putRows(store, "a3=3");
    task.state.discard();
    expect([rowsOf(store), store.approximateCount()]).toEqual([["a1=1", "b1=1"], 2]);
  });

  test("are dropped once more by a spill of what was frozen and what was not", async (task) => {
    const store = grouped(task);
    putRows(store, "a1=1", "b1=1");
    await task.commit();
    putRows(store, "a2=2", "b2=2");
    task.state.freeze();
    store.dropBelow?.("b");
    putRows(store, "a3=3");
    await task.state.spill();
    expect(rowsOf(store)).toEqual(["a3=3", "b1=1", "b2=2"]);
    await task.state.commitFrozen(new Map(), stampAt(1));
    await task.restart();
    expect(rowsOf(task.store)).toEqual(["a3=3", "b1=1", "b2=2"]);
  });

  test("are still seen by iterators opened before", async (task) => {
    const store = grouped(task);
    const all = Array.from({ length: 200 }, (_, index) => `a${index + 100}=1`);
    putRows(store, ...all);
    await task.commit();
    putRows(store, "b=1");
    const rows = store.iterate({ from: null, to: null, reverse: false });
    store.dropBelow?.("b");
    await task.commit();
    const seen = [...rows].map(({ key, value }) => `${key}=${textOf(value)}`);
    expect([seen, rowsOf(store)]).toEqual([[...all, "b=1"], ["b=1"]]);
  });
};

const iterationTests = ({ expect }: ConformanceTools, test: TaskTest): void => {
  test("walks a half-open range both ways", async ({ store, commit }) => {
    putRows(store, "a=1", "b=1", "ba=1", "c=1", "d=1");
    await commit();
    expect(rowsOf(store, { from: "b", to: "d" })).toEqual(["b=1", "ba=1", "c=1"]);
    expect(rowsOf(store, { from: "b", to: "d", reverse: true })).toEqual(["c=1", "ba=1", "b=1"]);
    expect(rowsOf(store, { from: "bb" })).toEqual(["c=1", "d=1"]);
    expect(rowsOf(store, { to: "b", reverse: true })).toEqual(["a=1"]);
    expect(rowsOf(store, prefixRange("b"))).toEqual(["b=1", "ba=1"]);
    expect([rowsOf(store, { from: "d", to: "a" }), rowsOf(store, { to: "" })]).toEqual([[], []]);
  });

  test("merges committed, frozen and running rows, tombstones included", async ({ state, store, commit }) => {
    putRows(store, "a=committed", "b=committed", "c=committed", "d=committed");
    await commit();
    putRows(store, "b=frozen", "c", "e=frozen", "f=frozen");
    state.freeze();
    putRows(store, "c=running", "d", "e=running", "f");
    const merged = ["a=committed", "b=frozen", "c=running", "e=running"];
    expect(rowsOf(store)).toEqual(merged);
    expect(rowsOf(store, { reverse: true })).toEqual([...merged].reverse());
    expect(["a", "b", "c", "d", "e", "f"].map((key) => textOf(store.get(key)))).toEqual([
      "committed",
      "frozen",
      "running",
      null,
      "running",
      null,
    ]);
  });

  test("stays on its snapshot through writes, a commit and a discard", async ({ state, store, commit }) => {
    const committed = Array.from({ length: 60 }, (_, index) => `k${index + 100}=1`);
    putRows(store, ...committed);
    await commit();
    putRows(store, "k100=2");
    const rows = store.iterate({ from: null, to: null, reverse: false });
    const first = rows.next().value;
    putRows(store, "k101=3", "k102", "k999=3");
    await commit();
    putRows(store, "k103");
    state.discard();
    const rest = [...rows].map(({ key, value }) => `${key}=${textOf(value)}`);
    expect([first?.key, textOf(first?.value ?? null), ...rest]).toEqual(["k100", "2", ...committed.slice(1)]);
  });

  test("closes at its end, on return, on a break and on close", async ({ state, store, commit }) => {
    putRows(store, ...Array.from({ length: 40 }, (_, index) => `k${index}=1`));
    await commit();
    const open = () => store.iterate({ from: null, to: null, reverse: false });
    const left = [open(), open()] as const;
    expect(state.openIterators).toEqual(2);
    left[0].return();
    left[1].close();
    left[1].close();
    for (const row of open()) if (row.key === "k3") break;
    expect([...open()].length).toEqual(40);
    expect(state.openIterators).toEqual(0);
    expect([left[0].next().done, left[1].next().done]).toEqual([true, true]);
  });

  test("ends when its task is closed, and does not start afterwards", async ({ state, store, commit }) => {
    putRows(store, ...Array.from({ length: 40 }, (_, index) => `k${index}=1`));
    await commit();
    const rows = store.iterate({ from: null, to: null, reverse: false });
    await state.close();
    expect([rows.next().done, state.openIterators]).toEqual([true, 0]);
    expect(await errorCodeOf(() => rowsOf(store))).toEqual("MILLRACE_STATE_CLOSED");
    expect(await errorCodeOf(() => store.get("k1"))).toEqual("MILLRACE_STATE_CLOSED");
    expect(await errorCodeOf(() => store.put("k1", null))).toEqual("MILLRACE_STATE_CLOSED");
    expect(await errorCodeOf(() => state.spill())).toEqual("MILLRACE_STATE_CLOSED");
    expect(stampAt(1)).toEqual(state.stamp());
  });

  test("reads long ranges whole", async ({ store, commit }) => {
    const rows = Array.from(
      { length: 5000 },
      (_, index) => `${String(index).padStart(5, "0")}=${"x".repeat(index % 97)}`,
    );
    putRows(store, ...rows);
    await commit();
    expect(rowsOf(store)).toEqual(rows);
    expect(rowsOf(store, { reverse: true, to: "04000" })).toEqual(rows.slice(0, 4000).reverse());
  });

  test("reads rows larger than a chunk", async ({ store, commit }) => {
    const sizes = [300_000, 0, 70_000, 200_000, 1, 131_072];
    for (const [index, size] of sizes.entries()) store.put(`k${index}`, new Uint8Array(size).fill(index));
    await commit();
    const rows = [...store.iterate({ from: null, to: null, reverse: false })];
    expect(rows.map(({ value }) => [value.byteLength, value.at(-1) ?? null])).toEqual(
      sizes.map((size, index) => [size, size === 0 ? null : index]),
    );
  });
};
