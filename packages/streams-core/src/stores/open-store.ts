import { keyBytes, type BytesStore, type RestoredRow } from "@millrace/state-stores";
import type { RecordCursor } from "@millrace/kafka-client";
import type { StateStore, StoreBuilder } from "../model/index.js";
import type { ChangelogWriter } from "./changelog-writer.js";
import type { CurrentRecord } from "./current-record.js";
import { LruBytesStore } from "./lru-bytes-store.js";
import { PlainKeyValueStore } from "./plain-key-value-store.js";
import type { RecordCache } from "./record-cache.js";
import { TIMESTAMP_BYTES, writeTimestamp } from "./row-bytes.js";
import { RowTable } from "./row-table.js";
import { storeKeyAt } from "./store-key-at.js";
import { TimestampedTableStore } from "./timestamped-table-store.js";

/** What a store needs of the task it lives in. */
export interface StoreContext {
  readonly rows: BytesStore;
  /** Topic name that serdes see: the real name of the changelog. */
  readonly topic: string;
  /** Null: not logged. */
  readonly changelog: ChangelogWriter | null;
  readonly cache: RecordCache;
  readonly current: CurrentRecord;
  /** Whether the engine outlives the process. */
  readonly persistent: boolean;
}

/** A store at work. */
export interface OpenStore {
  readonly store: StateStore;
  /** True when the cache holds rows that `flush` would hand on. */
  readonly dirty: boolean;
  flush(): void;
  /** The row that a changelog record stands for; null when it stands for none. */
  toRow(record: RecordCursor): RestoredRow | null;
}

class OpenKeyValueStore implements OpenStore {
  readonly store: StateStore;
  private readonly table: RowTable<unknown, unknown>;
  private readonly timestamped: boolean;

  constructor(store: StateStore, table: RowTable<unknown, unknown>, timestamped: boolean) {
    this.store = store;
    this.table = table;
    this.timestamped = timestamped;
  }

  get dirty(): boolean {
    return this.table.dirty;
  }

  flush(): void {
    this.table.flush();
  }

  toRow(record: RecordCursor): RestoredRow | null {
    if (record.keyStart < 0) return null;
    const { buffer, valueStart } = record;
    const key = storeKeyAt(buffer, record.keyStart, record.keyEnd);
    if (valueStart < 0) return { key, value: null };
    const headBytes = this.timestamped ? TIMESTAMP_BYTES : 0;
    const value = new Uint8Array(headBytes + record.valueEnd - valueStart);
    value.set(buffer.subarray(valueStart, record.valueEnd), headBytes);
    if (this.timestamped) writeTimestamp(value, record.timestamp);
    return { key, value };
  }
}

/** Makes the store that `builder` describes. */
export function openStore(builder: StoreBuilder, context: StoreContext): OpenStore {
  const { changelog, current } = context;
  const timestamped = builder.kind === "timestamped-key-value";
  const rows = builder.maxEntries === undefined ? context.rows : lruRows(builder.maxEntries, timestamped, context);
  const table = new RowTable<unknown, unknown>({
    name: builder.name,
    rows,
    key: builder.key,
    value: builder.value,
    topic: context.topic,
    timestamped,
    changelog,
    // A budget of 0 takes the cache away, as in Kafka Streams: deletes of what never was are then forwarded too.
    cache: builder.caching && context.cache.maxBytes > 0 ? context.cache : null,
    forgets: builder.maxEntries !== undefined,
    current,
  });
  const store = timestamped
    ? new TimestampedTableStore(table, context.persistent)
    : new PlainKeyValueStore(table, context.persistent);
  return new OpenKeyValueStore(store, table, timestamped);
}

/** As in Kafka Streams, a row forgotten is deleted from the changelog of a plain store, and stays in a timestamped one's. */
function lruRows(maxEntries: number, timestamped: boolean, { rows, changelog, current }: StoreContext): BytesStore {
  const logged = timestamped ? null : changelog;
  return new LruBytesStore(rows, maxEntries, (key) => logged?.write(keyBytes(key), null, current.timestamp));
}
