import { keyBytes, type BytesStore, type RestoredRows } from "@millrace/state-stores";
import type { RecordCursor } from "@millrace/kafka-client";
import type { StateStore, StoreBuilder } from "../model/index.js";
import { openTimeOrderedBuffer } from "./join/open-time-ordered-buffer.js";
import type { ChangelogWriter } from "./changelog-writer.js";
import type { CurrentRecord } from "./current-record.js";
import { openUnmatchedStore } from "./join/open-unmatched-store.js";
import { KeyCodec } from "./key-codec.js";
import { LruBytesStore } from "./lru-bytes-store.js";
import { PlainKeyValueStore } from "./plain-key-value-store.js";
import { openSegmentedStore } from "./open-segmented-store.js";
import { addRestored } from "./add-restored.js";
import { KeyValueReads } from "./reads/key-value-reads.js";
import type { StoreWatcher } from "./reads/store-reads.js";
import { RowTable } from "./row-table.js";
import type { OpenStore, StoreContext } from "./store-context.js";
import { storeKeyAt } from "./store-key-at.js";
import { openSuppressBuffer } from "./suppress/open-suppress-buffer.js";
import { TimestampedTableStore } from "./timestamped-table-store.js";
import { UntimedRows } from "./untimed-rows.js";
import { openVersionedStore } from "./versioned/open-versioned-store.js";

class OpenKeyValueStore implements OpenStore {
  readonly store: StateStore;
  readonly reads: KeyValueReads<unknown, unknown>;
  private readonly table: RowTable<unknown, unknown>;
  private readonly timestamped: boolean;

  constructor(store: StateStore, table: RowTable<unknown, unknown>, timestamped: boolean) {
    this.store = store;
    this.reads = new KeyValueReads(table);
    this.table = table;
    this.timestamped = timestamped;
  }

  get dirty(): boolean {
    return this.table.dirty;
  }

  flush(): void {
    this.table.flush();
  }

  watch(watcher: StoreWatcher | null): void {
    this.table.watcher = watcher;
  }

  addRow(record: RecordCursor, rows: RestoredRows): void {
    if (record.keyStart < 0) return;
    addRestored(rows, storeKeyAt(record.buffer, record.keyStart, record.keyEnd), record, this.timestamped);
  }
}

/** Makes the store that `builder` describes. */
export function openStore(builder: StoreBuilder, context: StoreContext): OpenStore {
  if (builder.kind === "window" || builder.kind === "timestamped-window" || builder.kind === "session") {
    return openSegmentedStore(builder, context);
  }
  if (builder.kind === "unmatched") return openUnmatchedStore(builder, context);
  if (builder.kind === "versioned-key-value") return openVersionedStore(builder, context);
  if (builder.kind === "suppress-buffer") return openSuppressBuffer(builder, context);
  if (builder.kind === "stream-join-buffer") return openTimeOrderedBuffer(builder, context);
  return openKeyValueStore(builder, context);
}

function openKeyValueStore(builder: StoreBuilder, context: StoreContext): OpenStore {
  const { changelog, current } = context;
  const timestamped = builder.kind === "timestamped-key-value";
  const untimed = timestamped && builder.forgetsTimestamps === true;
  const stored = builder.maxEntries === undefined ? context.rows : lruRows(builder.maxEntries, timestamped, context);
  const rows = untimed ? new UntimedRows(stored) : stored;
  const table = new RowTable<unknown, unknown>({
    name: builder.name,
    rows,
    keys: new KeyCodec(builder.key, context.topic, builder.name),
    value: builder.value,
    topic: context.topic,
    timestamped,
    changelog: changelog !== null && builder.logHeaders === true ? withHeaders(changelog, current) : changelog,
    // A budget of 0 takes the cache away, as in Kafka Streams: deletes of what never was are then forwarded too.
    cache: builder.caching && context.cache.maxBytes > 0 ? context.cache : null,
    // The cache knows timestamps that the engine does not, and rows that an LRU map has forgotten.
    showsClean: untimed || builder.maxEntries !== undefined,
    current,
  });
  const store = timestamped
    ? new TimestampedTableStore(table, context.persistent)
    : new PlainKeyValueStore(table, context.persistent);
  return new OpenKeyValueStore(store, table, timestamped && !untimed);
}

/** As in Kafka Streams, a row forgotten is deleted from the changelog of a plain store, and stays in a timestamped one's. */
function lruRows(maxEntries: number, timestamped: boolean, { rows, changelog, current }: StoreContext): BytesStore {
  const logged = timestamped ? null : changelog;
  return new LruBytesStore(rows, maxEntries, (key) => logged?.write(keyBytes(key), null, current.timestamp));
}

/** The changelog of a store without a cache, whose records carry the current record's headers. */
function withHeaders(changelog: ChangelogWriter, current: CurrentRecord): ChangelogWriter {
  return { write: (key, value, timestamp) => changelog.write(key, value, timestamp, current.headers) };
}
