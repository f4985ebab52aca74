import type { NodeContext, TableView, TableViewSupplier, ValueAndTimestamp } from "../model/index.js";
import { noHistory } from "./table-views.js";
import type { TableJoiner, TableJoinKind } from "./table-join.js";
import { UndefinedResultError } from "./undefined-result-error.js";

interface JoinedTables<K, L, R> {
  readonly kind: TableJoinKind;
  readonly left: TableViewSupplier<K, L>;
  readonly right: TableViewSupplier<K, R>;
}

class JoinView<K, L, R, V> implements TableView<K, V> {
  /** Also where both sides are versioned: a join's result never is (J10). */
  readonly versioned = false;
  readonly #kind: TableJoinKind;
  readonly #left: TableView<K, L>;
  readonly #right: TableView<K, R>;
  readonly #joiner: TableJoiner<K, L, R, V>;
  readonly #context: NodeContext;

  constructor(context: NodeContext, tables: JoinedTables<K, L, R>, joiner: TableJoiner<K, L, R, V>) {
    this.#kind = tables.kind;
    this.#left = tables.left.open(context);
    this.#right = tables.right.open(context);
    this.#joiner = joiner;
    this.#context = context;
  }

  get(key: K): ValueAndTimestamp<V> | null {
    const left = this.#left.get(key);
    if (left === null && this.#kind !== "outer") return null;
    const right = this.#right.get(key);
    if (right === null && (left === null || this.#kind === "inner")) return null;
    const value = this.#join(key, valueOf(left), valueOf(right));
    return value === null ? null : { value, timestamp: Math.max(timestampOf(left), timestampOf(right)) };
  }

  #join(key: K, left: L | null, right: R | null): V | null {
    const context = this.#context;
    const value = this.#joiner(left, right, key, context.recordContext);
    if (value === undefined) throw new UndefinedResultError(context.nodeName, "joiner");
    return value;
  }

  getAsOf(): never {
    return noHistory();
  }
}

function valueOf<V>(row: ValueAndTimestamp<V> | null): V | null {
  return row === null ? null : row.value;
}

function timestampOf(row: ValueAndTimestamp<unknown> | null): number {
  return row === null ? -1 : row.timestamp;
}

/** Rows of a join that keeps none: looked up on both sides and joined anew (B3). */
export function tableJoinView<K, L, R, V>(
  tables: JoinedTables<K, L, R>,
  joiner: TableJoiner<K, L, R, V>,
): TableViewSupplier<K, V> {
  return {
    stores: [...new Set([...tables.left.stores, ...tables.right.stores])],
    open: (context) => new JoinView(context as NodeContext, tables, joiner),
  };
}
