import type { RecordCursor } from "@millrace/kafka-client";
import type { RestoredRows } from "@millrace/state-stores";
import { Windowed, type StateStore, type StoreBuilder } from "../model/index.js";
import { HeadersChangelog } from "./headers-changelog.js";
import type { ChangelogWriter } from "./changelog-writer.js";
import { KeyCodec } from "./key-codec.js";
import { addRestored } from "./add-restored.js";
import { layoutOfTag, SegmentLayout, TimeLayout, type RowLayout, type SecondBytes } from "./segmented/row-layout.js";
import { SegmentedRows } from "./segmented/segmented-rows.js";
import { SegmentedTable } from "./segmented/segmented-table.js";
import { segmentIntervalOf } from "./segmented/segment-interval.js";
import { SegmentedReads } from "./reads/segmented-reads.js";
import type { StoreWatcher } from "./reads/store-reads.js";
import { SessionTable } from "./session/session-table.js";
import type { OpenStore, StoreContext } from "./store-context.js";
import { PlainWindowStore } from "./window/plain-window-store.js";
import { TimestampedWindowTable } from "./window/timestamped-window-table.js";

/** Kafka Streams' caches put a segment before every key; rows by time have none here. */
const SEGMENT_BYTES = 8;

type Table = SegmentedTable<unknown, unknown>;

class OpenSegmentedStore implements OpenStore {
  readonly store: StateStore;
  readonly reads: SegmentedReads<unknown, unknown>;
  private readonly table: Table;
  private readonly timestamped: boolean;
  private readonly duplicates: boolean;
  private readonly inMemory: boolean;

  constructor(store: StateStore, table: Table, builder: StoreBuilder) {
    this.store = store;
    this.reads = new SegmentedReads(table);
    this.table = table;
    this.timestamped = builder.kind === "timestamped-window" && builder.forgetsTimestamps !== true;
    this.duplicates = builder.retainDuplicates === true;
    this.inMemory = builder.engine === "memory";
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
    const { keyStart, keyEnd, buffer } = record;
    if (keyStart < 0) return;
    const { layout, rows: stored } = this.table;
    const key = layout.fromChangelog(buffer, keyStart, keyEnd);
    const timeMs = layout.timeOf(key);
    // A null among duplicates: on disk it was never seen.
    if (this.duplicates && record.valueStart < 0 && !this.inMemory) return;
    this.table.forgetLive();
    stored.observeRestored(timeMs, this.duplicates ? layout.secondOf(key) : 0);
    if (!stored.refuses(timeMs)) addRestored(rows, key, record, this.timestamped);
  }
}

/** Makes the window or session store that `builder` describes. */
export function openSegmentedStore(builder: StoreBuilder, context: StoreContext): OpenStore {
  const session = builder.kind === "session";
  const table = openTable(builder, context, session ? 8 : 4);
  const { persistent } = context;
  if (session) return new OpenSegmentedStore(new SessionTable(table, persistent, context.current), table, builder);
  const store =
    builder.kind === "timestamped-window"
      ? new TimestampedWindowTable(table, persistent)
      : new PlainWindowStore(table, persistent, builder.retainDuplicates === true);
  return new OpenSegmentedStore(store, table, builder);
}

function openTable(builder: StoreBuilder, context: StoreContext, secondBytes: SecondBytes): Table {
  const { topic, cache, current } = context;
  const changelog = changelogOf(builder, context);
  const retentionMs = builder.retentionMs ?? 0;
  const segmentIntervalMs = segmentIntervalOf(builder);
  const exact = builder.engine === "memory";
  const bySegment = new SegmentLayout(segmentIntervalMs, secondBytes);
  const byTime = exact || (builder.timeOrdered === true && builder.kind !== "session");
  // As in Kafka Streams' sessions in memory: of those that end together the shortest comes first.
  const layout: RowLayout = byTime ? new TimeLayout(secondBytes, builder.kind === "session") : bySegment;
  const onRefused = context.onRefused ?? (() => undefined);
  return new SegmentedTable<unknown, unknown>({
    name: builder.name,
    rows: new SegmentedRows({
      rows: context.rows,
      layout,
      layoutOf: (tag) => layoutOfTag(tag, secondBytes),
      retentionMs,
      segmentIntervalMs,
      exact,
      seesEdge: byTime && !exact,
      onRefused,
    }),
    layout,
    hasSeconds: builder.kind === "session" || builder.retainDuplicates === true,
    forgetsTimestamps: builder.forgetsTimestamps === true,
    keyRangeLayout: byTime && !exact ? bySegment : null,
    codec: new KeyCodec(builder.key, topic, builder.name),
    windowOf: windowsOf(builder),
    value: builder.value,
    topic,
    timestamped: builder.kind === "timestamped-window",
    changelog,
    cache: isCached(builder, context) ? cache : null,
    cacheKeyBytes: byTime ? SEGMENT_BYTES : 0,
    current,
  });
}

/** Duplicates are never updated, so that there is nothing for a cache to collect. */
function isCached({ caching, retainDuplicates }: StoreBuilder, { cache }: StoreContext): boolean {
  return caching && retainDuplicates !== true && cache.maxBytes > 0;
}

function changelogOf({ logHeaders }: StoreBuilder, { changelog, current }: StoreContext): ChangelogWriter | null {
  return logHeaders === true && changelog !== null ? new HeadersChangelog(changelog, current) : changelog;
}

function windowsOf({ kind, windowSizeMs = 0 }: StoreBuilder) {
  return kind === "session"
    ? (key: unknown, endMs: number, startMs: number) => new Windowed(key, startMs, endMs)
    : (key: unknown, startMs: number) => new Windowed(key, startMs, startMs + windowSizeMs);
}
