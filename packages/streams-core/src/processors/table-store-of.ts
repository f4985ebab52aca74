import { StreamsError } from "../model/index.js";
import type { NodeContext, StateStore, TableStore, ValueAndTimestamp, VersionedKeyValueStore } from "../model/index.js";

/** A versioned store as operators see a table's store: its latest versions (KIP-914). Such stores have no cache. */
class LatestVersions<K, V> implements TableStore<K, V> {
  readonly name: string;
  readonly persistent: boolean;
  readonly #store: VersionedKeyValueStore<K, V>;

  constructor(store: VersionedKeyValueStore<K, V>) {
    this.name = store.name;
    this.persistent = store.persistent;
    this.#store = store;
  }

  fetch(key: K): ValueAndTimestamp<V> | null {
    return this.#store.get(key);
  }

  write(key: K, value: V | null, timestamp: number): number {
    return this.#store.put(key, value, timestamp);
  }

  onFlush(): boolean {
    return false;
  }
}

/** The table's store of that name, versioned or not, as the operator that keeps it sees it. */
export function tableStoreOf<K, V>(context: NodeContext, name: string): TableStore<K, V> {
  const store = context.getStateStore<StateStore>(name);
  if (isVersioned<K, V>(store)) return new LatestVersions(store);
  if ("fetch" in store && "write" in store) return store as TableStore<K, V>;
  throw new StreamsError(`Store ${name} cannot keep the table of ${context.nodeName}: give it another supplier.`);
}

/** Whether the store keeps the history of its rows (ST3). */
export function isVersioned<K, V>(store: StateStore): store is VersionedKeyValueStore<K, V> {
  return "history" in store;
}
