import { keyBytes, type BytesStore, type StoreKey } from "@millrace/state-stores";
import {
  StreamRecord,
  type BufferedRecord,
  type RecordContext,
  type Serde,
  type StoreBuilder,
  type StreamJoinBuffer,
} from "../../model/index.js";
import type { ChangelogWriter } from "../changelog-writer.js";
import { KeyCodec } from "../key-codec.js";
import { intIn, intText, timeIn, timeText } from "../segmented/time-text.js";
import type { StoreContext } from "../store-context.js";
import {
  ByteReader,
  ByteWriter,
  contextBytesSize,
  readContext,
  writeContext,
} from "../suppress/record-context-bytes.js";

/** Kafka Streams' mark of rows that have their time first. */
const TIME_FIRST = "\0";
const TIME_BYTES = 8;
const HEAD_BYTES = TIME_FIRST.length + TIME_BYTES;
const INT_BYTES = 4;
/** As in Kafka Streams these changelog records carry no time of their own. */
const NO_TIME = -1;
/** In place of the prior and the old value that only updates of tables have. */
const NO_VALUE = -1;

/** What is known of the rows without looking at them. */
interface Extent {
  /** No row is older. */
  oldestMs: number;
  /** Greatest time of the rows kept so far; -1 at first. */
  newestMs: number;
  /** Of the row put last. */
  sequence: number;
}

/**
 * {@link StreamJoinBuffer} whose rows are keyed by a mark, time (8 bytes), key and a sequence number (4 bytes), as in Kafka
 * Streams' changelog. Each record goes to the changelog as it comes.
 */
export class TimeOrderedBuffer<K, V> implements StreamJoinBuffer<K, V> {
  readonly name: string;
  readonly persistent: boolean;
  private readonly rows: BytesStore;
  private readonly topic: string;
  private readonly changelog: ChangelogWriter | null;
  private readonly keys: KeyCodec<K>;
  private readonly value: Serde<V>;
  private readonly graceMs: number;
  private extent: Extent | null = null;
  /** The row that could not be handed on. */
  private failed: StoreKey | null = null;

  constructor(builder: StoreBuilder, { rows, topic, changelog, persistent }: StoreContext) {
    this.name = builder.name;
    this.persistent = persistent;
    this.rows = rows;
    this.topic = topic;
    this.changelog = changelog;
    this.keys = new KeyCodec(builder.key as Serde<K>, topic, builder.name);
    this.value = builder.value as Serde<V>;
    this.graceMs = builder.retentionMs ?? 0;
  }

  put({ key, value, timestamp }: StreamRecord<K, V>, origin: RecordContext): boolean {
    const extent = (this.extent ??= this.readExtent());
    if (extent.newestMs - this.graceMs > timestamp) return false;
    extent.newestMs = Math.max(extent.newestMs, timestamp);
    extent.oldestMs = Math.min(extent.oldestMs, timestamp);
    // A sequence number begins anew after the greatest int, as in Kafka Streams.
    extent.sequence = (extent.sequence + 1) & 0x7fffffff;
    const rowKey = TIME_FIRST + timeText(timestamp) + this.keys.toStoreKey(key) + intText(extent.sequence);
    const bytes = rowBytes(this.value.serialize(this.topic, value), origin);
    this.rows.put(rowKey, bytes);
    this.changelog?.write(keyBytes(rowKey), bytes, NO_TIME);
    return true;
  }

  evictDue(emit: BufferedRecord<K, V>): void {
    const extent = (this.extent ??= this.readExtent());
    const dueMs = extent.newestMs - this.graceMs;
    // The task goes on, so that the error handler has chosen to do without it.
    if (this.failed !== null) this.forget(this.failed);
    if (dueMs < extent.oldestMs) return;
    for (const { key, value } of this.rows.iterate({
      from: null,
      to: TIME_FIRST + timeText(dueMs + 1),
      reverse: false,
    })) {
      this.evict(key, value, emit);
    }
    extent.oldestMs = dueMs + 1;
  }

  /** Looks at the rows anew at the next call: they were changed from outside, by a restore. */
  forgetExtent(): void {
    this.extent = null;
  }

  private evict(rowKey: StoreKey, bytes: Uint8Array, emit: BufferedRecord<K, V>): void {
    const key = this.keys.fromStoreKey(rowKey.slice(HEAD_BYTES, rowKey.length - INT_BYTES));
    const { value, origin } = readRow(bytes);
    const record = new StreamRecord(key, this.value.deserialize(this.topic, value), origin.timestamp, origin.headers);
    this.failed = rowKey;
    emit(record, origin);
    this.forget(rowKey);
  }

  private forget(rowKey: StoreKey): void {
    this.failed = null;
    this.rows.put(rowKey, null);
    this.changelog?.write(keyBytes(rowKey), null, NO_TIME);
  }

  private readExtent(): Extent {
    const extent: Extent = { oldestMs: Infinity, newestMs: -1, sequence: 0 };
    for (const { key } of this.rows.iterate({ from: null, to: null, reverse: false })) {
      const timeMs = timeIn(key, TIME_FIRST.length);
      extent.oldestMs = Math.min(extent.oldestMs, timeMs);
      extent.newestMs = timeMs;
      extent.sequence = Math.max(extent.sequence, intIn(key, key.length - INT_BYTES));
    }
    return extent;
  }
}

/** A row as its changelog has it: context, no prior and no old value, the value, and a time that is always 0. */
function rowBytes(value: Uint8Array, origin: RecordContext): Uint8Array {
  const to = new ByteWriter(contextBytesSize(origin) + 3 * INT_BYTES + value.length + TIME_BYTES);
  writeContext(origin, to);
  to.int(NO_VALUE);
  to.int(NO_VALUE);
  to.sized(value);
  to.long(0);
  return to.bytes;
}

function readRow(bytes: Uint8Array): { readonly value: Uint8Array; readonly origin: RecordContext } {
  const from = new ByteReader(bytes);
  const origin = readContext(from);
  from.sized();
  from.sized();
  return { value: from.sized()!, origin };
}
