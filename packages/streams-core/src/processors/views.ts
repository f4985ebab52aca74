import type { NodeContext, TableStore, TableView, TableViewSupplier } from "../model/index.js";
import type { KeyValueFunction, ValueKeyFunction } from "./functions.js";

/** Rows of a materialised table. */
export function storeView<K, V>(store: string): TableViewSupplier<K, V> {
  return {
    stores: [store],
    open(context): TableView<K, V> {
      const rows = context.getStateStore<TableStore<K, V>>(store);
      return { get: (key) => rows.fetch(key) };
    },
  };
}

/** Rows of a filtered table that is not materialised, computed from its parent's. */
export function filterView<K, V>(
  parent: TableViewSupplier<K, V>,
  predicate: KeyValueFunction<K, V, boolean>,
  negate: boolean,
): TableViewSupplier<K, V> {
  return {
    stores: parent.stores,
    open(context: NodeContext): TableView<K, V> {
      const rows = parent.open(context);
      return {
        get: (key) => {
          const row = rows.get(key);
          if (row === null) return null;
          return predicate(key, row.value, context.recordContext) === negate ? null : row;
        },
      };
    },
  };
}

/** Rows of a mapped table that is not materialised, computed from its parent's. */
export function mapValuesView<K, V, V2>(
  parent: TableViewSupplier<K, V>,
  mapper: ValueKeyFunction<V, K, V2 | null>,
): TableViewSupplier<K, V2> {
  return {
    stores: parent.stores,
    open(context: NodeContext): TableView<K, V2> {
      const rows = parent.open(context);
      return {
        get: (key) => {
          const row = rows.get(key);
          if (row === null) return null;
          const value = mapper(row.value, key, context.recordContext);
          return value === null ? null : { value, timestamp: row.timestamp };
        },
      };
    },
  };
}
