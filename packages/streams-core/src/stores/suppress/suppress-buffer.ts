import { keyBytes, type BytesStore, type StoreKey } from "@millrace/state-stores";
import {
  Change,
  type Headers,
  type RecordContext,
  type Serde,
  type StoreBuilder,
  type SuppressedUpdate,
  type SuppressStore,
} from "../../model/index.js";
import type { ChangelogWriter } from "../changelog-writer.js";
import { KeyCodec } from "../key-codec.js";
import { ownHeaders } from "../own-headers.js";
import type { StoreContext } from "../store-context.js";
import { readRow, rowBytes, rowSize, type BufferedRow } from "./buffered-row.js";
import { RowHeap } from "./row-heap.js";

/** Kafka Streams' mark of the format its buffers' changelogs have since 2.4. */
const VERSION: Headers = Object.freeze([Object.freeze({ key: "v", value: Uint8Array.of(3) })]);

/** As in Kafka Streams these changelog records carry no time of their own. */
const NO_TIME = -1;

/**
 * {@link SuppressStore} whose rows are written, to engine and changelog, at commit only: what comes and goes between two
 * commits costs a tombstone.
 */
export class SuppressBuffer<K, V> implements SuppressStore<K, V> {
  readonly name: string;
  readonly persistent: boolean;
  private readonly rows: BytesStore;
  private readonly topic: string;
  private readonly changelog: ChangelogWriter | null;
  private readonly keys: KeyCodec<K>;
  private readonly value: Serde<V>;
  private readonly dirtyKeys = new Set<StoreKey>();
  private held: RowHeap | null = null;
  private size = 0;

  constructor(builder: StoreBuilder, { rows, topic, changelog, persistent }: StoreContext) {
    this.name = builder.name;
    this.persistent = persistent;
    this.rows = rows;
    this.topic = topic;
    this.changelog = changelog;
    this.keys = new KeyCodec(builder.key as Serde<K>, topic, builder.name);
    this.value = builder.value as Serde<V>;
  }

  get rowCount(): number {
    return this.heap().size;
  }

  get bytes(): number {
    this.heap();
    return this.size;
  }

  get oldestMs(): number {
    return this.heap().oldest()?.timeMs ?? Infinity;
  }

  newestMs(): number {
    let newestMs = -1;
    for (const { timeMs } of this.heap().all()) newestMs = Math.max(newestMs, timeMs);
    return newestMs;
  }

  put(key: K, change: Change<V>, timeMs: number, context: RecordContext): void {
    const heap = this.heap();
    const storeKey = this.keys.toStoreKey(key);
    const waiting = heap.find(storeKey);
    const old = this.serialized(change.oldValue);
    const prior = waiting === null ? old : waiting.prior;
    const row: BufferedRow = {
      key: storeKey,
      timeMs: waiting === null ? timeMs : waiting.timeMs,
      prior,
      old: isSame(prior, old) ? prior : old,
      new: this.serialized(change.newValue),
      context: copyOf(context),
    };
    heap.put(row);
    this.size += rowSize(row) - (waiting === null ? 0 : rowSize(waiting));
    this.dirtyKeys.add(storeKey);
  }

  evictOldest(emit: SuppressedUpdate<K, V>): void {
    const heap = this.heap();
    const row = heap.oldest()!;
    // It is there until those downstream have seen it: who looks the table up meanwhile gets the row as it was.
    emit(this.keys.fromStoreKey(row.key), new Change(this.read(row.new), this.read(row.old)), row.context);
    heap.removeOldest();
    this.size -= rowSize(row);
    this.dirtyKeys.add(row.key);
  }

  priorValue(key: K): V | null | undefined {
    const row = this.heap().find(this.keys.toStoreKey(key));
    return row === null ? undefined : this.read(row.prior);
  }

  get dirty(): boolean {
    return this.dirtyKeys.size > 0;
  }

  flush(): void {
    const heap = this.heap();
    for (const key of this.dirtyKeys) {
      const row = heap.find(key);
      const bytes = row === null ? null : rowBytes(row);
      this.rows.put(key, bytes);
      if (bytes === null) this.changelog?.write(keyBytes(key), null, NO_TIME);
      else this.changelog?.write(keyBytes(key), bytes, NO_TIME, VERSION);
    }
    this.dirtyKeys.clear();
  }

  /** Reads the rows anew at the next call: they were changed from outside, by a restore. */
  forgetRows(): void {
    this.held = null;
  }

  private heap(): RowHeap {
    return (this.held ??= this.readRows());
  }

  private readRows(): RowHeap {
    const heap = new RowHeap();
    this.size = 0;
    for (const { key, value } of this.rows.iterate({ from: null, to: null, reverse: false })) {
      const row = readRow(key, value);
      heap.put(row);
      this.size += rowSize(row);
    }
    return heap;
  }

  private serialized(value: V | null): Uint8Array | null {
    return value === null ? null : this.value.serialize(this.topic, value);
  }

  private read(bytes: Uint8Array | null): V | null {
    return bytes === null ? null : this.value.deserialize(this.topic, bytes);
  }
}

function isSame(left: Uint8Array | null, right: Uint8Array | null): boolean {
  if (left === null || right === null) return left === right;
  return left === right || Buffer.compare(left, right) === 0;
}

function copyOf({ topic, partition, offset, timestamp, headers }: RecordContext): RecordContext {
  return { topic, partition, offset, timestamp, headers: ownHeaders(headers) };
}
