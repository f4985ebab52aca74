import { InvalidArgumentError, type RecordContext } from "../model/index.js";
import { changedSlot, keptSlot, type TableJoin, type TableOperator } from "../plan/index.js";
import type { TableFlow } from "./flow.js";
import { GroupedTableHandle } from "./grouped-table-handle.js";
import { joinByForeignKey } from "./join-by-foreign-key.js";
import type { ForeignKeyJoinOptions, TableJoinOptions } from "./join-options.js";
import { joinTables } from "./join-tables.js";
import type { KGroupedTable } from "./k-grouped-table.js";
import type { KStream } from "./k-stream.js";
import type { KTable } from "./k-table.js";
import { givenStoreName, saysMaterialized, storeSpec } from "./materialization.js";
import type { Materialized, Named, Serdes } from "./options.js";
import type { Suppressed } from "./suppressed.js";
import { suppressTable } from "./suppress-table.js";

type NN<T> = NonNullable<T>;
type Predicate<K, V> = (key: K, value: V, context: RecordContext) => boolean;

/** KTable over plan nodes. */
export class TableHandle<K, V> implements KTable<K, V> {
  readonly #flow: TableFlow;

  constructor(flow: TableFlow) {
    this.#flow = flow;
  }

  /** What a handle stands for. Throws InvalidArgumentError for tables that no StreamsBuilder made. */
  static flowOf<K, V>(table: KTable<K, V>): TableFlow {
    if (table instanceof TableHandle) return table.#flow;
    throw new InvalidArgumentError("This is no table made by a StreamsBuilder.");
  }

  join<K2, V2, R>(
    other: KTable<K2, V2>,
    joiner: (left: V, right: V2, key: K, context: RecordContext) => R,
    options: ForeignKeyJoinOptions<K, V, K2, NN<NoInfer<R>>> | TableJoinOptions<K, NN<NoInfer<R>>> = {},
  ): KTable<K, NN<R>> {
    return this.#join(other, { join: "inner", joiner }, options);
  }

  leftJoin<K2, V2, R>(
    other: KTable<K2, V2>,
    joiner: (left: V, right: V2 | null, key: K, context: RecordContext) => R,
    options: ForeignKeyJoinOptions<K, V, K2, NN<NoInfer<R>>> | TableJoinOptions<K, NN<NoInfer<R>>> = {},
  ): KTable<K, NN<R>> {
    return this.#join(other, { join: "left", joiner }, options);
  }

  outerJoin<V2, R>(
    other: KTable<K, V2>,
    joiner: (left: V | null, right: V2 | null, key: K, context: RecordContext) => R,
    options: TableJoinOptions<K, NN<NoInfer<R>>> = {},
  ): KTable<K, NN<R>> {
    return this.#join(other, { join: "outer", joiner }, options);
  }

  filter<S extends V>(
    predicate: (key: K, value: V, context: RecordContext) => value is S,
    options?: Materialized<K, NoInfer<S>>,
  ): KTable<K, S>;
  filter(predicate: Predicate<K, V>, options?: Materialized<K, V>): KTable<K, V>;
  filter(predicate: Predicate<K, V>, options: Materialized<K, V> = {}): KTable<K, V> {
    return this.#step({ kind: "filter", predicate, negate: false }, "KTABLE-FILTER-", options);
  }

  filterNot(predicate: Predicate<K, V>, options: Materialized<K, V> = {}): KTable<K, V> {
    return this.#step({ kind: "filter", predicate, negate: true }, "KTABLE-FILTER-", options);
  }

  mapValues<V2>(
    mapper: (value: V, key: K, context: RecordContext) => V2,
    options: Materialized<K, NN<NoInfer<V2>>> = {},
  ): KTable<K, NN<V2>> {
    return this.#step({ kind: "mapValues", mapper }, "KTABLE-MAPVALUES-", options);
  }

  toStream(options: Named = {}): KStream<K, V | null> {
    const { plan, handles, node: parent, key, value } = this.#flow;
    const name = plan.numbers.processor("KTABLE-TOSTREAM-", options.name);
    const node = plan.append({ kind: "streamStep", name, parents: [parent], operator: { kind: "tableToStream" } });
    return handles.stream({ plan, handles, node, key, value, marked: false });
  }

  suppress(suppressed: Suppressed<K>): KTable<K, V> {
    return new TableHandle(suppressTable(this.#flow, suppressed));
  }

  groupBy<K2, V2>(
    mapper: (key: K, value: V, context: RecordContext) => readonly [K2, V2] | null,
    options: Serdes<NN<NoInfer<K2>>, NN<NoInfer<V2>>> = {},
  ): KGroupedTable<NN<K2>, NN<V2>> {
    const { plan, handles, node: parent } = this.#flow;
    const name = plan.numbers.processor("KTABLE-SELECT-", options.name);
    const node = plan.append({ kind: "tableGroupBy", name, parents: [parent], mapper });
    const key = changedSlot(options.key, name);
    const value = changedSlot(options.value, name);
    return new GroupedTableHandle({ plan, handles, node, key, value, marked: true }, options.name);
  }

  #join<K2, V2, R>(
    other: KTable<K2, V2>,
    what: Pick<TableJoin, "join" | "joiner">,
    options: ForeignKeyJoinOptions<K, V, K2, R> | TableJoinOptions<K, R>,
  ): KTable<K, R> {
    if ("on" in options) {
      const keepsUnmatched = what.join === "left";
      const { joiner } = what;
      return new TableHandle(
        joinByForeignKey(this.#flow, TableHandle.flowOf(other), { joiner, keepsUnmatched }, options),
      );
    }
    return new TableHandle(joinTables(this.#flow, TableHandle.flowOf(other), what, options));
  }

  #step<V2>(operator: TableOperator, prefix: string, options: Materialized<K, V2>): KTable<K, V2> {
    const { plan, handles, node: parent } = this.#flow;
    const storeName = givenStoreName(options);
    // Kafka Streams draws a number for a store it then does not make.
    if (storeName === undefined && saysMaterialized(options)) plan.numbers.store(prefix);
    const name = plan.numbers.processor(prefix, options.name);
    const key = keptSlot(options.key, this.#flow.key);
    const value =
      operator.kind === "filter" ? keptSlot(options.value, this.#flow.value) : changedSlot(options.value, name);
    const store = storeName === undefined ? null : storeSpec(options, storeName, { key, value });
    const node = plan.append({ kind: "tableStep", name, parents: [parent], operator, store });
    return new TableHandle({ plan, handles, node, key, value });
  }
}
