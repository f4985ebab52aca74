import { isDeepStrictEqual } from "node:util";
import { Change } from "../model/index.js";
import type { NodeContext, Processor, ProcessorSupplier, StreamRecord } from "../model/index.js";
import type { KeyValueFunction, KeyValuePair } from "./functions.js";
import { NullTableKeyError } from "./null-table-key-error.js";
import { UndefinedResultError } from "./undefined-result-error.js";

export interface TableSelectOptions<K, V, K2, V2> {
  /** Null, a null key or a null value: the row belongs to no group. */
  readonly mapper: KeyValueFunction<K, V, KeyValuePair<K2 | null, V2 | null> | null>;
  /** True after a versioned table: out-of-order updates do not count in groups (B4). Default false. */
  readonly versioned?: boolean;
}

class TableSelect<K, V, K2, V2> implements Processor<K | null, Change<V>, K2, Change<V2>> {
  readonly #mapper: TableSelectOptions<K, V, K2, V2>["mapper"];
  readonly #latestOnly: boolean;
  #context!: NodeContext;

  constructor(options: TableSelectOptions<K, V, K2, V2>) {
    this.#mapper = options.mapper;
    this.#latestOnly = options.versioned === true;
  }

  init(context: NodeContext): void {
    this.#context = context;
  }

  process(record: StreamRecord<K | null, Change<V>>): void {
    const { key, value: change } = record;
    if (key === null) throw new NullTableKeyError(this.#context.nodeName);
    if (this.#latestOnly && !change.isLatest) return;
    const newPair = this.#select(key, change.newValue);
    const oldPair = this.#select(key, change.oldValue);
    if (newPair !== null && oldPair !== null && change.isLatest && sameKey(newPair[0], oldPair[0])) {
      this.#emit(record, oldPair[0], new Change(newPair[1], oldPair[1]));
      return;
    }
    // The old group first, as subtractors expect.
    if (oldPair !== null) this.#emit(record, oldPair[0], new Change<V2>(null, oldPair[1], change.isLatest));
    if (newPair !== null) this.#emit(record, newPair[0], new Change<V2>(newPair[1], null, change.isLatest));
  }

  #select(key: K, value: V | null): KeyValuePair<K2, V2> | null {
    if (value === null) return null;
    const pair = this.#mapper(key, value, this.#context.recordContext);
    if (pair === null) return null;
    if (pair === undefined || pair[0] === undefined || pair[1] === undefined) {
      throw new UndefinedResultError(this.#context.nodeName, "mapper");
    }
    return pair[0] === null || pair[1] === null ? null : (pair as KeyValuePair<K2, V2>);
  }

  #emit(record: StreamRecord<K | null, Change<V>>, key: K2, change: Change<V2>): void {
    this.#context.emit(record.withKey(key).withValue(change));
  }
}

function sameKey(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === "object" && isDeepStrictEqual(a, b));
}

/**
 * The first half of `KTable.groupBy` (A6): sends what leaves and what joins a group as `Change`, in one record where the
 * group stays the same (KIP-904), else the old one first.
 */
export function tableSelect<K, V, K2, V2>(
  options: TableSelectOptions<K, V, K2, V2>,
): ProcessorSupplier<K | null, Change<V>, K2, Change<V2>> {
  return { get: () => new TableSelect(options) };
}
