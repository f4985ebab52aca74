import type { StoreKey } from "@millrace/state-stores";
import {
  putIsLatest,
  putRefused,
  type Serde,
  type StoreRangeIterator,
  type ValueAndTimestamp,
  type VersionedKeyValueStore,
  type VersionedRecord,
  type VersionRange,
} from "../../model/index.js";
import { ownMemory } from "../../serde/index.js";
import type { ChangelogWriter } from "../changelog-writer.js";
import type { KeyCodec } from "../key-codec.js";
import type { StoreWatcher } from "../reads/store-reads.js";
import { RowIterator } from "../row-iterator.js";
import { splitKey, type VersionRows } from "./version-rows.js";

export interface VersionedStoreOptions<K, V> {
  readonly name: string;
  readonly persistent: boolean;
  readonly rows: VersionRows;
  readonly codec: KeyCodec<K>;
  readonly value: Serde<V>;
  /** Topic name that serdes see. */
  readonly topic: string;
  readonly changelog: ChangelogWriter | null;
  /** Told of every put refused for its age. */
  readonly onRefused: () => void;
}

/**
 * {@link VersionedKeyValueStore} over {@link VersionRows}. As in Kafka Streams, `get` and `delete` do not tell until
 * when a version is valid, only `history` does; and `history` up to a time leaves out versions that ended in a later
 * segment than that time's, except the latest.
 */
export class VersionedStore<K, V> implements VersionedKeyValueStore<K, V> {
  readonly name: string;
  readonly persistent: boolean;
  private readonly rows: VersionRows;
  private readonly codec: KeyCodec<K>;
  private readonly value: Serde<V>;
  private readonly topic: string;
  private readonly changelog: ChangelogWriter | null;
  private readonly onRefused: () => void;
  /** Null: nobody watches. Told of each version that is the latest once it is written. */
  watcher: StoreWatcher | null = null;

  constructor(options: VersionedStoreOptions<K, V>) {
    this.name = options.name;
    this.persistent = options.persistent;
    this.rows = options.rows;
    this.codec = options.codec;
    this.value = options.value;
    this.topic = options.topic;
    this.changelog = options.changelog;
    this.onRefused = options.onRefused;
  }

  put(key: K, value: V | null, timestamp: number): number {
    const storeKey = this.codec.toStoreKey(key);
    const bytes = value === null ? null : this.value.serialize(this.topic, value);
    const next = this.write(storeKey, bytes, timestamp);
    this.changelog?.write(this.codec.changelogKey(storeKey, ownMemory), bytes, timestamp);
    if (next === putIsLatest) this.watcher?.(key, value, timestamp);
    return next;
  }

  delete(key: K, timestamp: number): VersionedRecord<V> | null {
    const before = this.rows.tooOld(timestamp) ? null : this.get(key, timestamp);
    this.put(key, null, timestamp);
    return before;
  }

  get(key: K, asOfMs?: number): VersionedRecord<V> | null {
    const storeKey = this.codec.toStoreKey(key);
    const versions = this.rows.of(storeKey);
    if (versions === undefined) return null;
    const latestMs = versions.times.at(-1)!;
    // Beyond the history only the latest version is sure to be there.
    const latest = asOfMs === undefined || latestMs <= asOfMs;
    if (!latest && this.rows.tooOld(asOfMs)) return null;
    const timestamp = latest ? latestMs : versions.asOf(asOfMs);
    return timestamp === undefined ? null : this.version(storeKey, timestamp, null);
  }

  history(
    key: K,
    { fromMs = 0, toMs = Infinity, order = "descending" }: VersionRange = {},
  ): readonly VersionedRecord<V>[] {
    const storeKey = this.codec.toStoreKey(key);
    const times = this.rows.timesOf(storeKey);
    const found: VersionedRecord<V>[] = [];
    for (const [at, timestamp] of times.entries()) {
      const validToMs = times[at + 1] ?? null;
      if (timestamp > toMs || !this.endsWithin(validToMs, fromMs, toMs)) continue;
      const version = this.version(storeKey, timestamp, validToMs);
      if (version !== null) found.push(version);
    }
    return order === "ascending" ? found : found.reverse();
  }

  /** The rows of the table that the latest versions are. A snapshot. */
  latest(): StoreRangeIterator<K, ValueAndTimestamp<V>> {
    return new RowIterator(this.rows.latest(), ({ key: rowKey, bytes }) => {
      const [key, timestamp] = splitKey(rowKey);
      const value = this.value.deserialize(this.topic, bytes.subarray(1));
      return { key: this.codec.fromStoreKey(key), value: { value, timestamp } };
    });
  }

  /** Beyond the history only the latest version is sure to be there. */
  private endsWithin(validToMs: number | null, fromMs: number, toMs: number): boolean {
    if (validToMs === null) return true;
    const { rows } = this;
    return validToMs > fromMs && !rows.tooOld(toMs) && rows.segmentOf(validToMs) <= rows.segmentOf(toMs);
  }

  private write(key: StoreKey, value: Uint8Array | null, timestamp: number): number {
    if (this.rows.tooOld(timestamp)) {
      this.onRefused();
      return putRefused;
    }
    const next = this.rows.put(key, value, timestamp);
    return next < 0 ? putIsLatest : next;
  }

  private version(key: StoreKey, timestamp: number, validToMs: number | null): VersionedRecord<V> | null {
    const bytes = this.rows.valueOf(key, timestamp);
    return bytes === null ? null : { value: this.value.deserialize(this.topic, bytes), timestamp, validToMs };
  }
}
