import type { Serde } from "../model/index.js";
import { changedSlot, keptSlot, repartitionTopic, type TableFold, type TableRepartition } from "../plan/index.js";
import { serdes } from "../serde/index.js";
import type { Flow } from "./flow.js";
import type { KGroupedTable, TableAggregateOptions, TableReduceOptions } from "./k-grouped-table.js";
import type { KTable } from "./k-table.js";
import { givenStoreName, storeSpec } from "./materialization.js";
import type { Materialized } from "./options.js";

/** KGroupedTable over plan nodes. */
export class GroupedTableHandle<K, V> implements KGroupedTable<K, V> {
  readonly #flow: Flow;
  readonly #name: string | undefined;
  #repartition: TableRepartition | null = null;

  constructor(flow: Flow, name: string | undefined) {
    this.#flow = flow;
    this.#name = name;
  }

  count(options: Materialized<K, number> = {}): KTable<K, number> {
    const value: Serde<number> = options.value ?? serdes.long;
    return this.#fold({ kind: "count" }, "KTABLE-AGGREGATE-", { ...options, value });
  }

  reduce(options: TableReduceOptions<K, V>): KTable<K, V> {
    const { add, subtract } = options;
    return this.#fold({ kind: "reduce", add, subtract }, "KTABLE-REDUCE-", options);
  }

  aggregate<A>(options: TableAggregateOptions<K, V, A>): KTable<K, A> {
    const { init, add, subtract } = options;
    return this.#fold({ kind: "aggregate", init, add, subtract }, "KTABLE-AGGREGATE-", options);
  }

  #fold<A>(fold: TableFold, prefix: string, options: Materialized<K, A>): KTable<K, A> {
    const { plan, handles } = this.#flow;
    const storeName = givenStoreName(options) ?? plan.numbers.store("KTABLE-AGGREGATE-");
    const repartition = this.#appendRepartition(storeName, options);
    const name = plan.numbers.processor(prefix, options.name);
    const key = keptSlot(options.key, this.#flow.key);
    const value = fold.kind === "reduce" ? keptSlot(options.value, this.#flow.value) : changedSlot(options.value, name);
    const store = storeSpec(options, storeName, { key, value });
    const node = plan.append({ kind: "tableAggregation", name, parents: [repartition], fold, store });
    return handles.table({ plan, handles, node, key, value });
  }

  #appendRepartition(storeName: string, options: Materialized<unknown, unknown>): TableRepartition {
    const { plan, node: parent, key, value } = this.#flow;
    const sinkName = plan.numbers.suffixed("KSTREAM-SINK-", options.name, "-sink");
    const name = plan.numbers.suffixed("KSTREAM-SOURCE-", options.name, "-source");
    if (this.#name !== undefined && this.#repartition !== null) {
      plan.reuse(this.#repartition);
      return this.#repartition;
    }
    const topic = repartitionTopic(this.#name ?? storeName);
    const named = (this.#name ?? givenStoreName(options)) !== undefined;
    this.#repartition = plan.append({
      kind: "tableRepartition",
      name,
      parents: [parent],
      topic,
      named,
      sinkName,
      key,
      value,
    });
    return this.#repartition;
  }
}
