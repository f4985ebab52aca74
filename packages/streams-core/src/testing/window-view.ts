import type { StoreRangeIterator, TimestampedWindowStore, Windowed, WindowStore } from "../model/index.js";
import { PlainIterator } from "./plain-iterator.js";

/** What a row gets that is written without a timestamp. */
const NO_TIMESTAMP = -1;

/** A timestamped window store seen without its timestamps, as Kafka Streams' driver shows it. */
export class WindowView<K, V> implements WindowStore<K, V> {
  readonly name: string;
  readonly persistent: boolean;
  private readonly store: TimestampedWindowStore<K, V>;

  constructor(store: TimestampedWindowStore<K, V>) {
    this.name = store.name;
    this.persistent = store.persistent;
    this.store = store;
  }

  put(key: K, value: V | null, startMs: number): void {
    this.store.put(key, value === null ? null : { value, timestamp: NO_TIMESTAMP }, startMs);
  }

  get(key: K, startMs: number): V | null {
    return this.store.get(key, startMs)?.value ?? null;
  }

  fetch(key: K, fromMs: number, toMs: number): StoreRangeIterator<number, V> {
    return new PlainIterator(this.store.fetch(key, fromMs, toMs));
  }

  backwardFetch(key: K, fromMs: number, toMs: number): StoreRangeIterator<number, V> {
    return new PlainIterator(this.store.backwardFetch(key, fromMs, toMs));
  }

  fetchRange(from: K | null, to: K | null, fromMs: number, toMs: number): StoreRangeIterator<Windowed<K>, V> {
    return new PlainIterator(this.store.fetchRange(from, to, fromMs, toMs));
  }

  backwardFetchRange(from: K | null, to: K | null, fromMs: number, toMs: number): StoreRangeIterator<Windowed<K>, V> {
    return new PlainIterator(this.store.backwardFetchRange(from, to, fromMs, toMs));
  }

  fetchAll(fromMs: number, toMs: number): StoreRangeIterator<Windowed<K>, V> {
    return new PlainIterator(this.store.fetchAll(fromMs, toMs));
  }

  backwardFetchAll(fromMs: number, toMs: number): StoreRangeIterator<Windowed<K>, V> {
    return new PlainIterator(this.store.backwardFetchAll(fromMs, toMs));
  }

  all(): StoreRangeIterator<Windowed<K>, V> {
    return new PlainIterator(this.store.all());
  }

  backwardAll(): StoreRangeIterator<Windowed<K>, V> {
    return new PlainIterator(this.store.backwardAll());
  }
}
