import type { KeyValue, ReadOnlyKeyValueStore, StateStore } from "../model/index.js";

/** Reads of a key-value store over all tasks of this instance that run: what other instances hold is not in it. */
export class LocalStore<K, V> {
  readonly name: string;
  readonly #parts: () => readonly StateStore[];

  constructor(name: string, parts: () => readonly StateStore[]) {
    this.name = name;
    this.#parts = parts;
  }

  /** Null when no task here has the key. */
  get(key: K): V | null {
    for (const part of this.#stores()) {
      const value = part.get(key);
      if (value !== null) return value;
    }
    return null;
  }

  /** All rows, task by task, in order of the serialised keys within each. */
  *all(): IterableIterator<KeyValue<K, V>> {
    for (const part of this.#stores()) yield* part.all();
  }

  approximateNumEntries(): number {
    let count = 0;
    for (const part of this.#stores()) count += part.approximateNumEntries();
    return count;
  }

  #stores(): readonly ReadOnlyKeyValueStore<K, V>[] {
    return this.#parts() as readonly ReadOnlyKeyValueStore<K, V>[];
  }
}
