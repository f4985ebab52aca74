import { memoryTaskState } from "@millrace/state-stores";
import { describe, expect, it } from "vitest";
import {
  Windowed,
  type SessionTableStore,
  type StoreBuilder,
  type WindowStore,
  type WindowTableStore,
} from "../model/index.js";
import { serdes } from "../serde/index.js";
import {
  CurrentRecord,
  openStore,
  RecordCache,
  sessionStore,
  timestampedWindowStore,
  windowStore,
  type OpenStore,
} from "./index.js";

const strings = { name: "s", key: serdes.string, value: serdes.string };
const sized = { ...strings, retentionMs: 120_000, windowSizeMs: 10 };

interface Opened<S> {
  readonly store: S;
  readonly open: OpenStore;
  readonly changelog: string[];
  readonly refused: () => number;
}

function opened<S>(builder: StoreBuilder, state = memoryTaskState("0_0"), cacheBytes = 1_000_000): Opened<S> {
  const changelog: string[] = [];
  let refused = 0;
  const open = openStore(builder, {
    rows: state.store("s"),
    topic: "app-s-changelog",
    changelog: {
      write: (key, row, timestamp) => {
        const value = row === null ? null : Buffer.from(row).toString();
        changelog.push(`${Buffer.from(key).toString("hex")}=${value}@${timestamp}`);
      },
    },
    cache: new RecordCache(cacheBytes),
    current: new CurrentRecord(),
    persistent: false,
    onRefused: () => refused++,
  });
  return { store: open.store as unknown as S, open, changelog, refused: () => refused };
}

const windows = (rows: Iterable<{ key: Windowed<string>; value: unknown }>): string[] =>
  Array.from(rows, ({ key, value }) => `${key.key}@${key.startMs}-${key.endMs}=${JSON.stringify(value)}`);
const starts = (rows: Iterable<{ key: number; value: unknown }>): string[] =>
  Array.from(rows, ({ key, value }) => `${key}=${JSON.stringify(value)}`);

describe("a window store", () => {
  it("reads by key oldest first, and whole segment by segment", () => {
    const { store, changelog } = opened<WindowStore<string, string>>(windowStore(sized));
    for (const [key, value, start] of [
      ["b", "1", 5],
      ["a", "2", 70_000],
      ["b", "3", 61_000],
      ["a", "4", 7],
    ] as const) {
      store.put(key, value, start);
    }
    expect(starts(store.fetch("b", 0, 61_000))).toEqual(['5="1"', '61000="3"']);
    expect(starts(store.backwardFetch("b", 0, 60_999))).toEqual(['5="1"']);
    const all = ['a@7-17="4"', 'b@5-15="1"', 'a@70000-70010="2"', 'b@61000-61010="3"'];
    expect(windows(store.all())).toEqual(all);
    expect(windows(store.backwardAll())).toEqual([...all].reverse());
    expect(windows(store.fetchRange("b", null, 0, 60_000))).toEqual(['b@5-15="1"']);
    expect(changelog[0]).toBe("62000000000000000500000000=1@-1");
  });

  it("in memory goes by start, then key", () => {
    const { store } = opened<WindowStore<string, string>>(windowStore({ ...sized, engine: "memory" }));
    for (const [key, start] of [
      ["b", 5],
      ["a", 70_000],
      ["b", 61_000],
      ["a", 7],
    ] as const)
      store.put(key, "v", start);
    expect(windows(store.all()).map((row) => row.split("-")[0])).toEqual(["b@5", "a@7", "b@61000", "a@70000"]);
  });

  it("hides what is older than the retention, and refuses what is of an older segment", () => {
    const { store, refused } = opened<WindowStore<string, string>>(windowStore(sized));
    store.put("a", "old", 59_999);
    store.put("a", "kept", 60_001);
    store.put("a", "new", 180_000);
    expect([store.get("a", 60_000), store.get("a", 60_001), store.get("a", 59_999)]).toEqual([null, "kept", null]);
    store.put("a", "late", 60_000);
    expect([refused(), starts(store.fetch("a", 0, 1e9))]).toEqual([0, ['60001="kept"', '180000="new"']]);
    store.put("a", "too late", 59_999);
    expect(refused()).toBe(1);
  });

  it("in memory refuses what would not be seen", () => {
    const { store, refused } = opened<WindowStore<string, string>>(windowStore({ ...sized, engine: "memory" }));
    store.put("a", "new", 180_000);
    store.put("a", "late", 60_000);
    expect(refused()).toBe(1);
    store.put("a", "kept", 60_001);
    expect([refused(), store.get("a", 60_001)]).toEqual([1, "kept"]);
  });

  it("keeps duplicates side by side in the order they came", () => {
    const { store, changelog } = opened<WindowStore<string, string>>(windowStore({ ...sized, retainDuplicates: true }));
    for (const value of ["x", "y", "x"]) store.put("a", value, 5);
    store.put("a", null, 5);
    expect(starts(store.fetch("a", 5, 5))).toEqual(['5="x"', '5="y"', '5="x"']);
    expect(changelog.map((row) => row.slice(18))).toEqual([
      "00000001=x@-1",
      "00000002=y@-1",
      "00000003=x@-1",
      "00000004=null@-1",
    ]);
  });

  it("sorted by time gives key ranges segment by segment all the same", () => {
    const { store } = opened<WindowStore<string, string>>({ ...windowStore(sized), timeOrdered: true });
    for (const [key, start] of [
      ["b", 5],
      ["a", 7],
    ] as const)
      store.put(key, "v", start);
    expect(windows(store.all()).map((row) => row.split("-")[0])).toEqual(["b@5", "a@7"]);
    expect(windows(store.fetchRange("a", "b", 0, 10)).map((row) => row.split("-")[0])).toEqual(["a@7", "b@5"]);
  });
});

describe("a window store with a cache", () => {
  it("in memory counts only rows that a read finds as used, when it must evict (ST2)", () => {
    const builder = windowStore({ ...sized, caching: true });
    const evicting = (read: string): string | undefined => {
      const { store, changelog } = opened<WindowStore<string, string>>(builder, memoryTaskState("0_0"), 200);
      store.put("a", "1", 0);
      store.put("b", "2", 0);
      expect([starts(store.fetch(read, 0, 10)).length, changelog]).toEqual([1, []]);
      store.put("c", "3", 0);
      return changelog[0]?.slice(0, 2);
    };
    expect(evicting("a")).toBe(Buffer.from("b").toString("hex"));
    expect(evicting("b")).toBe(Buffer.from("a").toString("hex"));
  });

  it("reads what is not flushed yet, and hands on the last value with the one before the first", () => {
    const { store, open, changelog } = opened<WindowTableStore<string, string>>(
      timestampedWindowStore({ ...sized, caching: true }),
    );
    const flushed: unknown[] = [];
    expect(store.onFlush((key, now, before, at) => flushed.push([key.key, key.endMs, now, before, at]), true)).toBe(
      true,
    );
    store.write("a", 10, "1", 11);
    store.write("a", 10, "2", 12);
    store.write("b", 0, "3", 3);
    expect([changelog, store.get("a", 10)]).toEqual([[], { value: "2", timestamp: 12 }]);
    expect(windows(store.all())).toEqual([
      'a@10-20={"value":"2","timestamp":12}',
      'b@0-10={"value":"3","timestamp":3}',
    ]);
    open.flush();
    store.write("a", 10, null, 13);
    expect(starts(store.fetch("a", 0, 100))).toEqual([]);
    open.flush();
    expect(flushed).toEqual([
      ["a", 20, "2", null, 12],
      ["b", 10, "3", null, 3],
      ["a", 20, null, "2", -1],
    ]);
    expect(changelog.map((row) => row.slice(26))).toEqual(["=2@12", "=3@3", "=null@-1"]);
  });

  it("still shows windows it holds that have expired below it", () => {
    const { store, open } = opened<WindowTableStore<string, string>>(
      timestampedWindowStore({ ...sized, caching: true }),
    );
    store.write("a", 10, "1", 11);
    open.flush();
    store.write("a", 500_000, "2", 12);
    open.flush();
    expect(Array.from(store.fetch("a", 0, 1e9), ({ key }) => key)).toEqual([10, 500_000]);
    expect(windows(store.all()).map((row) => row.split("-")[0])).toEqual(["a@10", "a@500000"]);
  });
});

describe("a window store with a cache, read by a key range with an open end", () => {
  const rows: { key: string; start: number }[] = (
    [
      ["b", 5],
      ["a", 7],
      ["b", 61_000],
      ["c", 70_000],
    ] as const
  ).map(([key, start]) => ({ key, start }));
  const read = (from: string | null, to: string | null, fromMs: number, toMs: number): string[] => {
    const { store } = opened<WindowTableStore<string, string>>(timestampedWindowStore({ ...sized, caching: true }));
    for (const { key, start } of rows) store.write(key, start, "v", 0);
    return Array.from(store.fetchRange(from, to, fromMs, toMs), ({ key }) => `${key.key}@${key.startMs}`);
  };

  it("gives its rows once for each segment, as Kafka Streams does", () => {
    expect(read(null, null, 0, 60_000)).toEqual(["a@7", "b@5", "a@7", "b@5"]);
    expect(read(null, "b", 0, 70_000)).toEqual(["a@7", "b@5", "a@7", "b@5", "b@61000"]);
    expect(read("b", null, 0, 70_000)).toEqual(["b@5", "b@61000", "c@70000", "b@61000", "c@70000"]);
    expect(read("a", "c", 0, 70_000)).toEqual(["a@7", "b@5", "b@61000", "c@70000"]);
  });

  it("gives them once where there are too many segments to walk", () => {
    rows.push({ key: "b", start: 90_000_000 });
    expect(read(null, null, 0, 90_000_000)).toEqual(["a@7", "b@5", "b@61000", "c@70000", "b@90000000"]);
  });
});

describe.each([false, true])("a session store (cache: %s)", (caching) => {
  it("finds sessions by their ends and starts", () => {
    const { store, open, changelog } = opened<SessionTableStore<string, string>>(
      sessionStore({ ...strings, retentionMs: 120_000, caching }),
    );
    store.put(new Windowed("a", 0, 10), "1");
    store.put(new Windowed("a", 20, 30), "2");
    store.put(new Windowed("b", 5, 10), "3");
    expect(windows(store.fetch("a"))).toEqual(['a@0-10="1"', 'a@20-30="2"']);
    expect(windows(store.findSessions("a", 11, 20))).toEqual(['a@20-30="2"']);
    expect(windows(store.backwardFindSessions("a", 10, 19))).toEqual(['a@0-10="1"']);
    store.remove(new Windowed("a", 0, 10));
    expect(windows(store.fetchRange(null, null))).toEqual(['a@20-30="2"', 'b@5-10="3"']);
    expect([store.get("a", 0, 10), store.get("b", 5, 10)]).toEqual([null, "3"]);
    open.flush();
    expect(changelog).toContain("62000000000000000a0000000000000005=3@-1");
  });
});

describe("a store opened again", () => {
  it.each([
    ["another retention", { ...sized, retentionMs: 400_000 }],
    ["another engine's order", { ...sized, engine: "memory" as const }],
  ])("with %s finds its rows", (_what, changed) => {
    const state = memoryTaskState("0_0");
    const first = opened<WindowStore<string, string>>(windowStore(sized), state);
    for (const start of [70_000, 130_000]) first.store.put("a", String(start), start);
    first.open.flush();
    const second = opened<WindowStore<string, string>>(windowStore(changed), state);
    expect([second.store.get("a", 70_000), second.store.get("a", 130_000)]).toEqual(["70000", "130000"]);
    expect(windows(second.store.all())).toEqual(['a@70000-70010="70000"', 'a@130000-130010="130000"']);
  });

  it("has the same rows and the same time", async () => {
    const state = memoryTaskState("0_0");
    const first = opened<WindowStore<string, string>>(windowStore({ ...sized, retainDuplicates: true }), state);
    first.store.put("a", "x", 10);
    first.store.put("a", "y", 125_000);
    first.open.flush();
    const second = opened<WindowStore<string, string>>(windowStore({ ...sized, retainDuplicates: true }), state);
    second.store.put("a", "z", 125_000);
    expect(starts(second.store.fetch("a", 0, 1e9))).toEqual(['10="x"', '125000="y"', '125000="z"'].slice(1));
  });

  it("finds rows of a life that ended before it could save its clock, cached or not", () => {
    const state = memoryTaskState("0_0");
    const caching = { ...windowStore(sized), caching: true };
    const first = opened<WindowStore<string, string>>(windowStore(sized), state);
    first.store.put("a", "x", 70_000);
    for (const builder of [caching, windowStore(sized)]) {
      const { store } = opened<WindowStore<string, string>>(builder, state);
      expect([store.get("a", 70_000), store.get("a", 80_000)]).toEqual(["x", null]);
    }
  });
});
