import { memoryTaskState } from "@millrace/state-stores";
import { describe, expect, it } from "vitest";
import { putIsLatest, putRefused, type VersionedKeyValueStore } from "../../model/index.js";
import { serdes } from "../../serde/index.js";
import { CurrentRecord, openStore, RecordCache, versionedKeyValueStore } from "../index.js";

function opened(state = memoryTaskState("0_0")) {
  const changelog: string[] = [];
  let refused = 0;
  const options = {
    name: "s",
    key: serdes.string,
    value: serdes.string,
    historyRetentionMs: 50,
    segmentIntervalMs: 10,
  };
  const open = openStore(versionedKeyValueStore(options), {
    rows: state.store("s"),
    topic: "app-s-changelog",
    changelog: {
      write: (_key, row, timestamp) =>
        changelog.push(`${row === null ? "null" : Buffer.from(row).toString()}@${timestamp}`),
    },
    cache: new RecordCache(0),
    current: new CurrentRecord(),
    persistent: false,
    onRefused: () => refused++,
  });
  return { store: open.store as VersionedKeyValueStore<string, string>, open, changelog, refused: () => refused };
}

describe("a versioned store", () => {
  it("tells until when a version is valid, and what was valid when", () => {
    const { store } = opened();
    expect(store.put("a", "v10", 10)).toBe(putIsLatest);
    expect(store.put("a", "v20", 20)).toBe(putIsLatest);
    expect(store.put("a", "v15", 15)).toBe(20);
    expect(store.put("a", null, 18)).toBe(20);
    expect([9, 14, 17, 19, 20].map((asOf) => store.get("a", asOf)?.value ?? null)).toEqual([
      null,
      "v10",
      "v15",
      null,
      "v20",
    ]);
    expect(store.get("a")).toEqual({ value: "v20", timestamp: 20, validToMs: null });
  });

  it("gives the history newest first, without tombstones", () => {
    const { store } = opened();
    for (const [value, at] of [
      ["v10", 10],
      ["v20", 20],
      [null, 25],
      ["v30", 30],
    ] as const)
      store.put("a", value, at);
    expect(store.history("a")).toEqual([
      { value: "v30", timestamp: 30, validToMs: null },
      { value: "v20", timestamp: 20, validToMs: 25 },
      { value: "v10", timestamp: 10, validToMs: 20 },
    ]);
    expect(store.history("a", { fromMs: 20, toMs: 26, order: "ascending" }).map(({ value }) => value)).toEqual(["v20"]);
  });

  it("deletes with a tombstone, and gives what it hides", () => {
    const { store } = opened();
    store.put("a", "v10", 10);
    expect(store.delete("a", 12)?.value).toBe("v10");
    expect([store.get("a"), store.get("a", 11)?.value]).toEqual([null, "v10"]);
  });

  it("refuses and forgets what is older than the history, but never a latest version", () => {
    const { store, changelog, refused } = opened();
    store.put("a", "v10", 10);
    store.put("a", "v20", 20);
    store.put("b", "old", 12);
    store.put("c", "new", 90);
    expect(store.put("a", "late", 39)).toBe(putRefused);
    expect(refused()).toBe(1);
    expect(changelog.at(-1)).toBe("late@39");
    expect([store.get("a", 39)?.value, store.get("a", 15), store.get("b", 12)?.value]).toEqual(["v20", null, "old"]);
    expect(store.history("a").map(({ value }) => value)).toEqual(["v20"]);
  });

  it("opened again has the same versions and the same time", () => {
    const state = memoryTaskState("0_0");
    const first = opened(state);
    first.store.put("a", "v10", 10);
    first.store.put("b", "v90", 90);
    first.open.flush();
    const second = opened(state);
    expect([second.store.get("a")?.value, second.store.put("a", "late", 39)]).toEqual(["v10", putRefused]);
  });
});
