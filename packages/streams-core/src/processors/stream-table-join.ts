import { StreamRecord } from "../model/index.js";
import type {
  NodeContext,
  Processor,
  ProcessorSupplier,
  RecordContext,
  TableView,
  TableViewSupplier,
} from "../model/index.js";
import type { KeyValueFunction } from "./functions.js";
import { UndefinedResultError } from "./undefined-result-error.js";

/** Makes a value of a record's and a row's; `row` is null where a left join finds none. */
export type StreamTableJoiner<K, V, R, V2> = (value: V, row: R | null, key: K, context: RecordContext) => V2;

export interface StreamTableJoinOptions<K, V, R, V2> {
  readonly table: TableViewSupplier<unknown, R>;
  readonly joiner: StreamTableJoiner<K, V, R, V2>;
  /** True: records without a row go on, too, and so do those without a key (KIP-962). */
  readonly left: boolean;
  /** The row's key; null: the record's own. Sees no null values. */
  readonly selectKey: KeyValueFunction<K, V, unknown> | null;
}

/** Joins one record after the other with the rows of a table. */
export class StreamTableJoin<K, V, R, V2> implements Processor<K, V | null, K, V2> {
  readonly #options: StreamTableJoinOptions<K, V, R, V2>;
  #context!: NodeContext;
  #table!: TableView<unknown, R>;

  constructor(options: StreamTableJoinOptions<K, V, R, V2>) {
    this.#options = options;
  }

  init(context: NodeContext): void {
    this.#context = context;
    this.#table = this.#options.table.open(context);
  }

  process(record: StreamRecord<K, V | null>): void {
    this.#join(record, null);
  }

  /** Joins a record that has waited; `origin` is where it came from. */
  processFrom(origin: RecordContext, record: StreamRecord<K, V | null>): void {
    this.#join(record, origin);
  }

  #join(record: StreamRecord<K, V | null>, origin: RecordContext | null): void {
    const { value } = record;
    if (value === null) {
      this.#context.dropRecord("a null value cannot be joined");
      return;
    }
    const rowKey = this.#rowKey(record.key, value);
    if (rowKey === null && !this.#options.left) {
      this.#context.dropRecord("a record without a key cannot be joined");
      return;
    }
    const row = rowKey === null ? null : this.#rowOf(rowKey, record.timestamp);
    if (row !== null || this.#options.left) this.#emit(record, origin, this.#joined(record.key, value, row, origin));
  }

  #rowKey(key: K, value: V): unknown {
    const { selectKey } = this.#options;
    if (selectKey === null) return key;
    const selected = selectKey(key, value, this.#context.recordContext);
    if (selected === undefined) throw new UndefinedResultError(this.#context.nodeName, "key selector");
    return selected;
  }

  #rowOf(rowKey: unknown, timestamp: number): R | null {
    const table = this.#table;
    const row = table.versioned ? table.getAsOf(rowKey, timestamp) : table.get(rowKey);
    return row === null ? null : row.value;
  }

  #joined(key: K, value: V, row: R | null, origin: RecordContext | null): V2 {
    const context = this.#context;
    const joined = this.#options.joiner(value, row, key, origin ?? context.recordContext);
    if (joined === undefined) throw new UndefinedResultError(context.nodeName, "joiner");
    return joined;
  }

  #emit({ key, timestamp, headers }: StreamRecord<K, V | null>, origin: RecordContext | null, joined: V2): void {
    const result = new StreamRecord<unknown, unknown>(key, joined, timestamp, headers);
    if (origin === null) this.#context.emit(result);
    else this.#context.emitFrom(origin, result);
  }
}

/**
 * Joins each record with the row its key has at that moment or, of a versioned table, had at the record's time (J16,
 * J17). Only records trigger results, which keep the record's timestamp and headers (T5).
 *
 * ```
 * table          a=T1@5          a=null@6
 * stream  a=S1@1         a=S2@3           a=S3@7
 * inner                  S2+T1@3
 * left    S1@1           S2+T1@3          S3@7
 * ```
 */
export function streamTableJoin<K, V, R, V2>(
  options: StreamTableJoinOptions<K, V, R, V2>,
): ProcessorSupplier<K, V | null, K, V2> {
  return { get: () => new StreamTableJoin(options) };
}
