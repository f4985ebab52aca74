import { memoryTaskState, RestoredRows } from "@millrace/state-stores";
import { describe, expect, it } from "vitest";
import type { KeyValueStore, Serde, StoreBuilder, TableStore, TimestampedKeyValueStore } from "../model/index.js";
import { serdes } from "../serde/index.js";
import { CurrentRecord, keyValueStore, lruStore, openStore, RecordCache, timestampedKeyValueStore } from "./index.js";

interface ChangelogRow {
  readonly key: string;
  readonly value: string | null;
  readonly timestamp: number;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** A store in memory, its changelog as text, and the record it is written by. */
function opened<S>(builder: StoreBuilder, cacheMaxBytes = 1_000_000) {
  const changelog: ChangelogRow[] = [];
  const current = new CurrentRecord();
  const { store, ...rest } = openedParts();
  return { store: store as unknown as S, changelog, current, ...rest };

  function openedParts() {
    const open = openStore(builder, {
      rows: memoryTaskState("0_0").store(builder.name),
      topic: `app-${builder.name}-changelog`,
      changelog: {
        write: (key, value, timestamp) =>
          changelog.push({ key: Buffer.from(key).toString(), value: value === null ? null : hex(value), timestamp }),
      },
      cache: new RecordCache(cacheMaxBytes),
      current,
      persistent: false,
    });
    return { store: open.store, flush: () => open.flush(), isDirty: () => open.dirty };
  }
}

const text = (name: string, caching = false) =>
  keyValueStore({ name, key: serdes.string, value: serdes.string, caching });
const counts = (caching: boolean) =>
  timestampedKeyValueStore({ name: "counts", key: serdes.string, value: serdes.long, caching });
const rows = <K, V>(store: Iterable<{ key: K; value: V }>): [K, V][] =>
  [...store].map(({ key, value }) => [key, value]);

describe("a plain key-value store", () => {
  it("logs each put with the current record's timestamp, and deletes as null (ST4)", () => {
    const { store, changelog, current } = opened<KeyValueStore<string, string>>(text("plain"));
    current.timestamp = 7;
    store.put("a", "x");
    current.timestamp = 9;
    expect(store.delete("a")).toBe("x");
    expect(store.get("a")).toBeNull();
    expect(changelog).toEqual([
      { key: "a", value: "78", timestamp: 7 },
      { key: "a", value: null, timestamp: 9 },
    ]);
  });

  it("reads ranges in the order of the keys' bytes, both ends inclusive", () => {
    const { store } = opened<KeyValueStore<string, string>>(text("plain"));
    for (const key of ["b", "a", "é", "ab", "z", "Ã©"]) store.put(key, key);
    expect(rows(store.all()).map(([key]) => key)).toEqual(["a", "ab", "b", "z", "Ã©", "é"]);
    expect(rows(store.range("ab", "z")).map(([key]) => key)).toEqual(["ab", "b", "z"]);
    expect(rows(store.reverseRange(null, "b")).map(([key]) => key)).toEqual(["b", "ab", "a"]);
    expect(rows(store.prefixScan("a", serdes.string)).map(([key]) => key)).toEqual(["a", "ab"]);
    expect(rows(store.range("z", "a"))).toEqual([]);
    expect(store.get("é")).toBe("é");
  });

  it("iterates over what was there when the iterator was made", () => {
    for (const caching of [false, true]) {
      const { store } = opened<KeyValueStore<string, string>>(text("plain", caching));
      store.put("a", "1");
      store.put("b", "1");
      const seen: string[] = [];
      for (const { key } of store.all()) {
        seen.push(key);
        store.put("c", "1");
        store.delete("b");
      }
      expect(seen).toEqual(["a", "b"]);
    }
  });

  it("writes only where there is no row with putIfAbsent", () => {
    const { store } = opened<KeyValueStore<string, string>>(text("plain"));
    expect(store.putIfAbsent("a", "1")).toBeNull();
    expect(store.putIfAbsent("a", "2")).toBe("1");
    expect(store.get("a")).toBe("1");
  });

  it("refuses null keys by name", () => {
    const { store } = opened<KeyValueStore<string, string>>(text("plain"));
    expect(() => store.get(null as unknown as string)).toThrow("Store plain was asked for a null key");
  });

  it("merges what its cache holds into ranges, deletes included", () => {
    const { store, flush, changelog } = opened<KeyValueStore<string, string>>(text("plain", true));
    for (const key of ["a", "c", "e"]) store.put(key, "stored");
    flush();
    store.put("b", "cached");
    store.put("e", "cached");
    store.put("c", null);
    store.put("d", null);
    expect(rows(store.all())).toEqual([
      ["a", "stored"],
      ["b", "cached"],
      ["e", "cached"],
    ]);
    expect(rows(store.reverseRange("b", null))).toEqual([
      ["e", "cached"],
      ["b", "cached"],
    ]);
    expect(changelog).toHaveLength(3);
  });
});

describe("a timestamped store", () => {
  it("keeps 8 bytes of timestamp before the value, but logs the value alone with the row's timestamp (ST4)", () => {
    const state = memoryTaskState("0_0");
    const logged: unknown[] = [];
    const { store } = openStore(counts(false), {
      rows: state.store("counts"),
      topic: "app-counts-changelog",
      changelog: { write: (_key, value, timestamp) => logged.push([value === null ? null : hex(value), timestamp]) },
      cache: new RecordCache(0),
      current: new CurrentRecord(),
      persistent: false,
    });
    (store as TimestampedKeyValueStore<string, number>).put("a", { value: 1, timestamp: 1_700_000_000_123 });
    expect(hex(state.store("counts").get("a")!)).toBe("0000018bcfe5687b" + "0000000000000001");
    expect(logged).toEqual([["0000000000000001", 1_700_000_000_123]]);
    expect((store as TimestampedKeyValueStore<string, number>).get("a")).toEqual({
      value: 1,
      timestamp: 1_700_000_000_123,
    });
  });

  it("decodes afresh: changing a fetched value changes nothing stored", () => {
    for (const caching of [false, true]) {
      const value = serdes.json<string[]>();
      const builder = timestampedKeyValueStore({ name: "lists", key: serdes.string, value, caching });
      const { store } = opened<TableStore<string, string[]>>(builder);
      const written = ["x"];
      store.write("a", written, 1);
      written.push("y");
      store.fetch("a")!.value.push("z");
      expect(store.fetch("a")!.value).toEqual(["x"]);
    }
  });

  it("gives a restored row for a changelog record, and none for a null key", () => {
    const open = openStore(counts(false), {
      rows: memoryTaskState("0_0").store("counts"),
      topic: "app-counts-changelog",
      changelog: null,
      cache: new RecordCache(0),
      current: new CurrentRecord(),
      persistent: false,
    });
    const buffer = Buffer.from("ka12345678");
    const cursor = {
      buffer,
      keyStart: 1,
      keyEnd: 2,
      valueStart: 2,
      valueEnd: 10,
      timestamp: 5,
      offset: 0,
      next: () => false,
      headers: () => null,
      record: () => ({ offset: 0, timestamp: 5, key: null, value: null, headers: null }),
    };
    const rows = new RestoredRows();
    open.addRow(cursor, rows);
    open.addRow({ ...cursor, valueStart: -1 }, rows);
    open.addRow({ ...cursor, keyStart: -1 }, rows);
    buffer.fill(0);
    expect(rows.keys).toEqual(["a", "a"]);
    expect(hex(rows.valueAt(0)!)).toBe("0000000000000005" + hex(Buffer.from("12345678")));
    expect(rows.valueAt(1)).toBeNull();
  });
});

describe("a cached table", () => {
  type Flushed = [key: string, newValue: number | null, oldValue: number | null, timestamp: number];

  function table(sendOldValues: boolean, cacheMaxBytes?: number) {
    const flushed: Flushed[] = [];
    const { store, ...rest } = opened<TableStore<string, number>>(counts(true), cacheMaxBytes);
    const deferred = store.onFlush(
      (key, newValue, oldValue, timestamp) => flushed.push([key, newValue, oldValue, timestamp]),
      sendOldValues,
    );
    return { store, flushed, deferred, ...rest };
  }

  it("hands on one update per key and flush, in order of last update, with the first old and the last new value (A4)", () => {
    const { store, flushed, flush, changelog, deferred } = table(true);
    expect(deferred).toBe(true);
    store.write("a", 1, 1);
    store.write("b", 1, 2);
    store.write("a", 2, 3);
    expect(flushed).toEqual([]);
    flush();
    expect(flushed).toEqual([
      ["b", 1, null, 2],
      ["a", 2, null, 3],
    ]);
    store.write("a", 3, 4);
    store.write("a", 4, 5);
    flush();
    expect(flushed.slice(2)).toEqual([["a", 4, 2, 5]]);
    expect(changelog.map(({ key, timestamp }) => [key, timestamp])).toEqual([
      ["b", 2],
      ["a", 3],
      ["a", 5],
    ]);
  });

  it("says nothing of a row that came and went within one cache life (A4)", () => {
    const { store, flushed, flush, changelog, isDirty } = table(true);
    store.write("a", 1, 1);
    store.write("a", null, 2);
    expect(isDirty()).toBe(true);
    flush();
    expect([flushed, changelog, isDirty()]).toEqual([[], [], false]);
    expect(store.fetch("a")).toBeNull();
  });

  it("hands on a delete with the timestamp of the record that deleted", () => {
    const { store, flushed, flush, current } = table(true);
    store.write("a", 1, 1);
    flush();
    current.timestamp = 8;
    store.write("a", null, 3);
    current.timestamp = 20;
    flush();
    expect(flushed.at(-1)).toEqual(["a", null, 1, 8]);
    expect(current.timestamp).toBe(20);
  });

  it("gives no old values unless asked", () => {
    const { store, flushed, flush } = table(false);
    store.write("a", 1, 1);
    flush();
    store.write("a", 2, 2);
    flush();
    expect(flushed).toEqual([
      ["a", 1, null, 1],
      ["a", 2, null, 2],
    ]);
  });

  it("hands on at once when a row alone exceeds the budget", () => {
    const { store, flushed } = table(true, 1);
    store.write("a", 1, 1);
    expect(flushed).toEqual([["a", 1, null, 1]]);
    store.write("a", 2, 2);
    expect(flushed.slice(1)).toEqual([["a", 2, 1, 2]]);
    store.write("b", null, 3);
    expect(flushed).toHaveLength(2);
    expect(store.fetch("a")).toEqual({ value: 2, timestamp: 2 });
  });

  it("is not cached with a budget of 0", () => {
    const { deferred, store, changelog } = table(true, 0);
    store.write("b", null, 3);
    expect([deferred, changelog.length]).toEqual([false, 1]);
  });

  it("evicts the row not used for longest, and with it flushes the other dirty rows of the store", () => {
    const { store, flushed } = table(true, 3 * 64);
    store.write("a", 1, 1);
    store.write("b", 1, 2);
    store.write("c", 1, 3);
    store.fetch("a");
    expect(flushed).toEqual([]);
    store.write("d", 1, 4);
    expect(flushed.map(([key]) => key)).toEqual(["b", "a", "c", "d"]);
    expect(store.fetch("b")).toEqual({ value: 1, timestamp: 2 });
  });

  it("ends when the listener writes the key being flushed", () => {
    const { store, flush, isDirty } = table(true);
    store.onFlush((key, newValue, _old, timestamp) => store.write(key, newValue! + 1, timestamp), true);
    store.write("a", 1, 1);
    flush();
    expect(isDirty()).toBe(true);
    expect(store.fetch("a")).toEqual({ value: 2, timestamp: 1 });
  });

  it("refuses a value its serde cannot write where it is put, and keeps the row", () => {
    const { store, flush, flushed } = table(true);
    store.write("a", 1, 1);
    for (const wrong of ["x", 1.5, undefined]) {
      expect(() => store.write("a", wrong as number, 2)).toThrow(/long/u);
      expect(() => store.write("b", wrong as number, 2)).toThrow(/long/u);
    }
    flush();
    expect(flushed).toEqual([["a", 1, null, 1]]);
    expect(store.fetch("b")).toBeNull();
  });

  it("keeps headers of its own: those of a record are views on a buffer that is reused", () => {
    const { store, flush, current } = table(true);
    const value = Buffer.from("h");
    const seen: string[] = [];
    store.onFlush(
      (_key, _new, _old, _timestamp, headers) => seen.push(...headers.map((header) => String(header.value))),
      false,
    );
    current.headers = [{ key: "h", value }];
    store.write("a", 1, 1);
    value.fill(0);
    flush();
    expect(seen).toEqual(["104"]);
  });

  it("takes no listener without a cache", () => {
    const { store } = opened<TableStore<string, number>>(counts(false));
    expect(store.onFlush(() => {}, true)).toBe(false);
  });
});

describe("an LRU store", () => {
  it("forgets the row not used for longest, in its changelog too", () => {
    const builder = lruStore({ name: "lru", key: serdes.string, value: serdes.string, maxEntries: 2 });
    const { store, changelog } = opened<KeyValueStore<string, string>>(builder);
    store.put("a", "1");
    store.put("b", "1");
    store.get("a");
    store.put("c", "1");
    expect(rows(store.all()).map(([key]) => key)).toEqual(["a", "c"]);
    expect(changelog.filter(({ value }) => value === null).map(({ key }) => key)).toEqual(["b"]);
    expect(store.approximateNumEntries()).toBe(2);
  });

  it("leaves the changelog of a timestamped store as it is, as in Kafka Streams", () => {
    const lru = lruStore({ name: "lru", key: serdes.string, value: serdes.string, maxEntries: 1 });
    const { store, changelog } = opened<TableStore<string, string>>({ ...lru, kind: "timestamped-key-value" });
    store.write("a", "1", 1);
    store.write("b", "1", 2);
    expect(store.fetch("a")).toBeNull();
    expect(changelog.map(({ key, value }) => [key, value])).toEqual([
      ["a", "31"],
      ["b", "31"],
    ]);
  });

  it("takes over what was restored", () => {
    const state = memoryTaskState("0_0").store("lru");
    for (const key of ["a", "b"]) state.put(key, Buffer.from("x"));
    const builder = lruStore({ name: "lru", key: serdes.string, value: serdes.string, maxEntries: 2 });
    const { store } = openStore(builder, {
      rows: state,
      topic: "t",
      changelog: null,
      cache: new RecordCache(0),
      current: new CurrentRecord(),
      persistent: false,
    });
    (store as KeyValueStore<string, string>).put("c", "1");
    expect(rows((store as KeyValueStore<string, string>).all()).map(([key]) => key)).toEqual(["b", "c"]);
  });

  it("needs room for one row", () => {
    expect(() => lruStore({ name: "lru", key: serdes.string, value: serdes.string, maxEntries: 0 })).toThrow(
      "at least 1",
    );
  });
});

describe("keys that are not text", () => {
  it("come back from a flush and a range as they were", () => {
    const key: Serde<{ id: number }> = serdes.json<{ id: number }>();
    const builder = timestampedKeyValueStore({ name: "things", key, value: serdes.long, caching: true });
    const { store, flush } = opened<
      TableStore<{ id: number }, number> & TimestampedKeyValueStore<{ id: number }, number>
    >(builder);
    const flushed: unknown[] = [];
    store.onFlush((changed, value) => flushed.push([changed, value]), false);
    store.write({ id: 1 }, 5, 1);
    expect(store.fetch({ id: 1 })).toEqual({ value: 5, timestamp: 1 });
    flush();
    expect(flushed).toEqual([[{ id: 1 }, 5]]);
    expect(rows(store.all())).toEqual([[{ id: 1 }, { value: 5, timestamp: 1 }]]);
  });
});
