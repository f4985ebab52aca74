import { Change, StreamRecord } from "../model/index.js";
import type {
  NodeContext,
  Processor,
  ProcessorSupplier,
  RecordContext,
  TableStore,
  TableView,
  TableViewSupplier,
} from "../model/index.js";
import { ChangeForwarder } from "./change-forwarder.js";
import { tableStoreOf } from "./table-store-of.js";
import { UndefinedResultError } from "./undefined-result-error.js";

/** Which rows a join of two tables has: those with both sides, with a left side, with either. */
export type TableJoinKind = "inner" | "left" | "outer";

/** Makes a row of two; a side without a row is null where the kind of join lets it be. Null: there is no row. */
export type TableJoiner<K, L, R, V> = (left: L | null, right: R | null, key: K, context: RecordContext) => V | null;

export interface TableJoinSideOptions<K, L, R, V> {
  readonly kind: TableJoinKind;
  /** The side whose updates come here. */
  readonly side: "left" | "right";
  /** The rows of the other side. */
  readonly other: TableViewSupplier<K, L | R>;
  readonly joiner: TableJoiner<K, L, R, V>;
  readonly sendOldValues: boolean;
  /** Whether this side's table is versioned, so that out-of-order updates are dropped (J10). */
  readonly versioned: boolean;
}

class TableJoinSide<K, L, R, V> implements Processor<K | null, Change<L | R>, K, Change<V>> {
  readonly #options: TableJoinSideOptions<K, L, R, V>;
  readonly #fromLeft: boolean;
  /** Whether a row of the side that updates can stand alone. */
  readonly #standsAlone: boolean;
  /** Whether a row of the other side can. */
  readonly #otherStandsAlone: boolean;
  #context!: NodeContext;
  #other!: TableView<K, L | R>;

  constructor(options: TableJoinSideOptions<K, L, R, V>) {
    const { kind, side } = options;
    this.#options = options;
    this.#fromLeft = side === "left";
    this.#standsAlone = kind === "outer" || (kind === "left" && this.#fromLeft);
    this.#otherStandsAlone = kind === "outer" || (kind === "left" && !this.#fromLeft);
  }

  init(context: NodeContext): void {
    this.#context = context;
    this.#other = this.#options.other.open(context);
  }

  process(record: StreamRecord<K | null, Change<L | R>>): void {
    const { key, value: change } = record;
    if (key === null) {
      this.#context.dropRecord("a table has no row for a null key");
      return;
    }
    if (this.#options.versioned && !change.isLatest) {
      this.#context.dropRecord("an out-of-order update of a versioned table is not joined");
      return;
    }
    const other = this.#other.get(key);
    if (other === null) {
      if (!this.#standsAlone || (change.newValue === null && change.oldValue === null)) return;
      this.#forward(record, key, null, record.timestamp);
    } else {
      this.#forward(record, key, other.value, Math.max(record.timestamp, other.timestamp));
    }
  }

  #forward(record: StreamRecord<K | null, Change<L | R>>, key: K, other: L | R | null, timestamp: number): void {
    const { newValue, oldValue, isLatest } = record.value;
    const joined = this.#join(key, newValue, other);
    const before = this.#options.sendOldValues ? this.#join(key, oldValue, other) : null;
    const result = new StreamRecord<unknown, unknown>(
      key,
      new Change(joined, before, isLatest),
      timestamp,
      record.headers,
    );
    this.#context.emit(result);
  }

  #join(key: K, own: L | R | null, other: L | R | null): V | null {
    if (own === null && (other === null || !this.#otherStandsAlone)) return null;
    const context = this.#context;
    const left = (this.#fromLeft ? own : other) as L | null;
    const right = (this.#fromLeft ? other : own) as R | null;
    const value = this.#options.joiner(left, right, key, context.recordContext);
    if (value === undefined) throw new UndefinedResultError(context.nodeName, "joiner");
    return value;
  }
}

/**
 * One half of a join of two tables by key (J9): an update of one side meets the row the other side has now; result
 * timestamp the greater of both (T5). Deletions go on as tombstones where the other side has a row.
 *
 * ```
 * left  a=L1@1          a=L2@5              a=null@7
 * right         a=R1@2           a=null@6
 * inner         L1+R1@2 L2+R1@5  null@6
 * left  L1@1    L1+R1@2 L2+R1@5  L2@6       null@7
 * ```
 */
export function tableJoinSide<K, L, R, V>(
  options: TableJoinSideOptions<K, L, R, V>,
): ProcessorSupplier<K | null, Change<L | R>, K, Change<V>> {
  return { get: () => new TableJoinSide(options) };
}

export interface TableJoinMergeOptions {
  /** Null: not materialised. */
  readonly store: string | null;
  readonly sendOldValues: boolean;
}

class TableJoinMerge<K, V> implements Processor<K, Change<V>, K, Change<V>> {
  readonly #options: TableJoinMergeOptions;
  #context!: NodeContext;
  #store: TableStore<K, V> | null = null;
  #forwarder: ChangeForwarder<K, V> | null = null;

  constructor(options: TableJoinMergeOptions) {
    this.#options = options;
  }

  init(context: NodeContext): void {
    const { store, sendOldValues } = this.#options;
    this.#context = context;
    if (store === null) return;
    this.#store = tableStoreOf<K, V>(context, store);
    this.#forwarder = new ChangeForwarder(context, this.#store, sendOldValues);
  }

  process(record: StreamRecord<K, Change<V>>): void {
    if (this.#forwarder === null) {
      this.#context.emit(record);
      return;
    }
    const { newValue, oldValue } = record.value;
    this.#forwarder.update(record, newValue, oldValue, record.timestamp);
  }
}

/** The other end of a join of two tables: the results of both halves, kept if somebody wants to look them up. */
export function tableJoinMerge<K, V>(options: TableJoinMergeOptions): ProcessorSupplier<K, Change<V>, K, Change<V>> {
  return { get: () => new TableJoinMerge<K, V>(options) };
}
