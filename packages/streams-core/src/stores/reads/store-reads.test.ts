import { memoryTaskState } from "@millrace/state-stores";
import { expect, test } from "vitest";
import type { KeyValueStore, StoreBuilder, TableStore, WindowTableStore } from "../../model/index.js";
import { serdes } from "../../serde/index.js";
import {
  CurrentRecord,
  lruStore,
  openStore,
  RecordCache,
  timestampedKeyValueStore,
  timestampedWindowStore,
} from "../index.js";
import type { KeyValueReads } from "./key-value-reads.js";
import type { SegmentedReads } from "./segmented-reads.js";

const text = { name: "s", key: serdes.string, value: serdes.string, caching: true } as const;

/** A store, its reads, the rows under it, and what was told of its writes. */
function opened<S, R>(builder: StoreBuilder, cacheMaxBytes: number) {
  const rows = memoryTaskState("0_0").store(builder.name);
  const current = new CurrentRecord();
  const cache = new RecordCache(cacheMaxBytes);
  const open = openStore(builder, { rows, topic: "t", changelog: null, persistent: false, cache, current });
  const told: unknown[] = [];
  open.watch?.((...write) => told.push(write));
  return { open, rows, told, store: open.store as unknown as S, reads: open.reads as unknown as R };
}

const table = (cacheMaxBytes: number) =>
  opened<TableStore<string, string>, KeyValueReads<string, string>>(timestampedKeyValueStore(text), cacheMaxBytes);

test("what a cache holds is seen, and evicted in the order in which the task used it", () => {
  const { store, reads } = table(110);
  const flushed: string[] = [];
  store.onFlush((key) => flushed.push(key), false);
  store.write("a", "1", 10);
  store.write("b", "2", 20);
  expect([reads.get("a"), reads.get("b"), reads.get("c")]).toEqual([
    { value: "1", timestamp: 10 },
    { value: "2", timestamp: 20 },
    null,
  ]);
  expect([...reads.range(null, null, true)].map(({ key }) => key)).toEqual(["b", "a"]);
  expect([reads.get("a")?.value, flushed]).toEqual(["1", []]);
  // Room for two rows: the one not used for longest is evicted, and takes the others along.
  store.write("c", "3", 30);
  expect(flushed[0]).toBe("a");
});

test("what the engine has is not taken into the cache", () => {
  const { open, store, reads, rows } = table(50);
  store.write("a", "1", 10);
  // Pushes the row out of the cache.
  store.write("b", "long".repeat(10), 20);
  open.flush();
  expect(reads.get("a")).toEqual({ value: "1", timestamp: 10 });
  // As while rows are restored, which come past the cache.
  rows.put("a", null);
  expect(store.fetch("a")).toBeNull();
});

test("reading a row of an LRU map does not keep it from being forgotten", () => {
  const builder = lruStore({ ...text, caching: false, maxEntries: 2 });
  const { store, reads } = opened<KeyValueStore<string, string>, KeyValueReads<string, string>>(builder, 0);
  store.put("a", "1");
  store.put("b", "2");
  expect(reads.get("a")).toEqual({ value: "1", timestamp: -1 });
  store.put("c", "3");
  expect([...store.all()].map(({ key }) => key)).toEqual(["b", "c"]);
});

test.each([0, 1_000_000])("windows are read and watched with a cache of %i bytes", (cacheMaxBytes) => {
  const builder = timestampedWindowStore({ ...text, windowSizeMs: 10, retentionMs: 100 });
  type Store = WindowTableStore<string, string>;
  const { store, reads, told } = opened<Store, SegmentedReads<string, string>>(builder, cacheMaxBytes);
  store.write("a", 0, "1", 5);
  store.write("a", 10, "2", 15);
  store.write("b", 10, "3", 15);
  store.write("b", 10, null, 16);
  expect([reads.get("a", 10, 0), reads.get("b", 10, 0)]).toEqual([{ value: "2", timestamp: 15 }, null]);
  const rows = [...reads.rowsOf("a", { fromMs: 0, toMs: 99, reverse: false })];
  expect(rows.map(({ key, value }) => [key.startMs, key.endMs, value.value])).toEqual([
    [0, 10, "1"],
    [10, 20, "2"],
  ]);
  expect(told).toEqual([
    [{ key: "a", startMs: 0, endMs: 10 }, "1", 5],
    [{ key: "a", startMs: 10, endMs: 20 }, "2", 15],
    [{ key: "b", startMs: 10, endMs: 20 }, "3", 15],
    [{ key: "b", startMs: 10, endMs: 20 }, null, 16],
  ]);
});

test("each write is told, also of rows that a cache holds back", () => {
  const { store, told } = table(1_000_000);
  store.write("a", "1", 10);
  store.write("a", "2", 20);
  store.write("a", null, 30);
  expect(told).toEqual([
    ["a", "1", 10],
    ["a", "2", 20],
    ["a", null, 30],
  ]);
});
