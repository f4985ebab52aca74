import { StreamsError } from "../model/index.js";
import type {
  NodeContext,
  ProcessorContext,
  SessionStore,
  StateStore,
  TableStore,
  TableView,
  TableViewSupplier,
  ValueAndTimestamp,
  VersionedKeyValueStore,
  Windowed,
  WindowTableStore,
} from "../model/index.js";
import type { KeyValueFunction, ValueKeyFunction } from "./functions.js";
import { tableStoreOf, isVersioned } from "./table-store-of.js";
import { UndefinedResultError } from "./undefined-result-error.js";

/** What every view without a history does when it is asked for the past. */
export function noHistory(): never {
  throw new StreamsError(
    "Only a versioned table can be read as of a time. Keep it in a versioned store, given as its `supplier`.",
  );
}

class StoreView<K, V> implements TableView<K, V> {
  readonly versioned = false;
  readonly #store: TableStore<K, V>;

  constructor(store: TableStore<K, V>) {
    this.#store = store;
  }

  get(key: K): ValueAndTimestamp<V> | null {
    return this.#store.fetch(key);
  }

  getAsOf(): never {
    return noHistory();
  }
}

class VersionedView<K, V> implements TableView<K, V> {
  readonly versioned = true;
  readonly #store: VersionedKeyValueStore<K, V>;

  constructor(store: VersionedKeyValueStore<K, V>) {
    this.#store = store;
  }

  get(key: K): ValueAndTimestamp<V> | null {
    return this.#store.get(key);
  }

  getAsOf(key: K, asOfMs: number): ValueAndTimestamp<V> | null {
    return this.#store.get(key, asOfMs);
  }
}

class MappedView<K, V, V2> implements TableView<K, V2> {
  readonly versioned: boolean;
  readonly #parent: TableView<K, V>;
  readonly #change: (key: K, value: V) => V2 | null;

  constructor(parent: TableView<K, V>, change: (key: K, value: V) => V2 | null) {
    this.versioned = parent.versioned;
    this.#parent = parent;
    this.#change = change;
  }

  get(key: K): ValueAndTimestamp<V2> | null {
    return this.#changed(key, this.#parent.get(key));
  }

  getAsOf(key: K, asOfMs: number): ValueAndTimestamp<V2> | null {
    return this.#changed(key, this.#parent.getAsOf(key, asOfMs));
  }

  #changed(key: K, row: ValueAndTimestamp<V> | null): ValueAndTimestamp<V2> | null {
    if (row === null) return null;
    const value = this.#change(key, row.value);
    return value === null ? null : { value, timestamp: row.timestamp };
  }
}

/** Rows of a table kept by key, with or without history. */
export function storeView(store: string): TableViewSupplier {
  return {
    stores: [store],
    open(context) {
      const opened = context.getStateStore<StateStore>(store);
      if (isVersioned(opened)) return new VersionedView(opened);
      return new StoreView(tableStoreOf(context as NodeContext, store));
    },
  };
}

/** Rows of a windowed aggregate; its keys are windowed. */
export function windowStoreView(store: string): TableViewSupplier<Windowed<unknown>> {
  return {
    stores: [store],
    open(context) {
      const opened = context.getStateStore<WindowTableStore<unknown, unknown>>(store);
      return { versioned: false, get: ({ key, startMs }) => opened.get(key, startMs), getAsOf: noHistory };
    },
  };
}

/** Rows of a session aggregate; a row's time is its session's end (T5). */
export function sessionStoreView(store: string): TableViewSupplier<Windowed<unknown>> {
  return {
    stores: [store],
    open(context) {
      const opened = context.getStateStore<SessionStore<unknown, unknown>>(store);
      const get = ({ key, startMs, endMs }: Windowed<unknown>): ValueAndTimestamp<unknown> | null => {
        const value = opened.get(key, startMs, endMs);
        return value === null ? null : { value, timestamp: endMs };
      };
      return { versioned: false, get, getAsOf: noHistory };
    },
  };
}

/** Rows of `parent` with the mapper's values (B3). */
export function mappedView<K, V, V2>(
  parent: TableViewSupplier<K, V>,
  mapper: ValueKeyFunction<V, K, V2 | null>,
): TableViewSupplier<K, V2> {
  return derivedView(parent, (context) => (key, value) => {
    const mapped = mapper(value, key, context.recordContext);
    if (mapped === undefined) throw new UndefinedResultError(context.nodeName, "mapper");
    return mapped;
  });
}

/** Rows of `parent` that the predicate holds for; with `negate` the others (B3). */
export function filteredView<K, V>(
  parent: TableViewSupplier<K, V>,
  predicate: KeyValueFunction<K, V, boolean>,
  negate: boolean,
): TableViewSupplier<K, V> {
  return derivedView(parent, (context) => (key, value) => {
    const matches = predicate(key, value, context.recordContext);
    if (matches === undefined) throw new UndefinedResultError(context.nodeName, "predicate");
    return Boolean(matches) === negate ? null : value;
  });
}

function derivedView<K, V, V2>(
  parent: TableViewSupplier<K, V>,
  change: (context: NodeContext) => (key: K, value: V) => V2 | null,
): TableViewSupplier<K, V2> {
  return {
    stores: parent.stores,
    open: (context: ProcessorContext) => new MappedView(parent.open(context), change(context as NodeContext)),
  };
}
