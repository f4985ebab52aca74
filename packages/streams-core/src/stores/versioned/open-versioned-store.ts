import type { RecordCursor } from "@millrace/kafka-client";
import type { RestoredRows } from "@millrace/state-stores";
import type { StoreBuilder } from "../../model/index.js";
import { KeyCodec } from "../key-codec.js";
import type { StoreWatcher } from "../reads/store-reads.js";
import { VersionedReads } from "../reads/versioned-reads.js";
import { storeKeyAt } from "../store-key-at.js";
import type { OpenStore, StoreContext } from "../store-context.js";
import { addVersion, versionKey, VersionRows } from "./version-rows.js";
import { versionSegmentInterval } from "./version-segment-interval.js";
import { VersionedStore } from "./versioned-store.js";

class OpenVersionedStore implements OpenStore {
  readonly store: VersionedStore<unknown, unknown>;
  readonly reads: VersionedReads<unknown, unknown>;
  private readonly rows: VersionRows;

  constructor(store: VersionedStore<unknown, unknown>, rows: VersionRows) {
    this.store = store;
    this.reads = new VersionedReads(store);
    this.rows = rows;
  }

  get dirty(): boolean {
    return this.rows.clockDirty;
  }

  flush(): void {
    this.rows.saveClock();
  }

  watch(watcher: StoreWatcher | null): void {
    this.store.watcher = watcher;
  }

  addRow(record: RecordCursor, rows: RestoredRows): void {
    const { keyStart, keyEnd, buffer, timestamp } = record;
    if (keyStart < 0 || this.rows.tooOld(timestamp)) return;
    this.rows.observeRestored(timestamp);
    addVersion(rows, versionKey(storeKeyAt(buffer, keyStart, keyEnd), timestamp), record);
  }
}

/** Makes the versioned store that `builder` describes. It has no cache (ST3). */
export function openVersionedStore(builder: StoreBuilder, context: StoreContext): OpenStore {
  const { topic, changelog, persistent } = context;
  const { name, value, retentionMs = 0 } = builder;
  const segmentIntervalMs = versionSegmentInterval(builder);
  const rows = new VersionRows({ rows: context.rows, retentionMs, segmentIntervalMs });
  const codec = new KeyCodec<unknown>(builder.key, topic, name);
  const onRefused = context.onRefused ?? (() => undefined);
  const store = new VersionedStore<unknown, unknown>({
    name,
    persistent,
    rows,
    codec,
    value,
    topic,
    changelog,
    onRefused,
  });
  return new OpenVersionedStore(store, rows);
}
