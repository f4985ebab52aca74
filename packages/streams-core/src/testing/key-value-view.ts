import type {
  KeyValue,
  KeyValueStore,
  Serde,
  StoreRangeIterator,
  TimestampedKeyValueStore,
  ValueAndTimestamp,
} from "../model/index.js";
import { PlainIterator } from "./plain-iterator.js";

/** What a row gets that is written without a timestamp. */
const NO_TIMESTAMP = -1;

const valueOf = <V>(row: ValueAndTimestamp<V> | null): V | null => (row === null ? null : row.value);

/** A timestamped store seen without its timestamps, as Kafka Streams' driver shows it. */
export class KeyValueView<K, V> implements KeyValueStore<K, V> {
  readonly name: string;
  readonly persistent: boolean;
  private readonly store: TimestampedKeyValueStore<K, V>;

  constructor(store: TimestampedKeyValueStore<K, V>) {
    this.name = store.name;
    this.persistent = store.persistent;
    this.store = store;
  }

  get(key: K): V | null {
    return valueOf(this.store.get(key));
  }

  put(key: K, value: V | null): void {
    this.store.put(key, value === null ? null : { value, timestamp: NO_TIMESTAMP });
  }

  putIfAbsent(key: K, value: V | null): V | null {
    const present = this.get(key);
    if (present === null) this.put(key, value);
    return present;
  }

  putAll(entries: Iterable<KeyValue<K, V | null>>): void {
    for (const { key, value } of entries) this.put(key, value);
  }

  delete(key: K): V | null {
    return valueOf(this.store.delete(key));
  }

  range(from: K | null, to: K | null): StoreRangeIterator<K, V> {
    return new PlainIterator(this.store.range(from, to));
  }

  reverseRange(from: K | null, to: K | null): StoreRangeIterator<K, V> {
    return new PlainIterator(this.store.reverseRange(from, to));
  }

  all(): StoreRangeIterator<K, V> {
    return new PlainIterator(this.store.all());
  }

  reverseAll(): StoreRangeIterator<K, V> {
    return new PlainIterator(this.store.reverseAll());
  }

  prefixScan<P>(prefix: P, serde: Serde<P>): StoreRangeIterator<K, V> {
    return new PlainIterator(this.store.prefixScan(prefix, serde));
  }

  approximateNumEntries(): number {
    return this.store.approximateNumEntries();
  }
}
