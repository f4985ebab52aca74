import type { RecordContext } from "../model/index.js";
import {
  changedSlot,
  keptSlot,
  slotOf,
  type Repartition,
  type SerdeSlot,
  type StoreSpec,
  type StreamFold,
} from "../plan/index.js";
import { serdes } from "../serde/index.js";
import { appendRepartition, type Flow } from "./flow.js";
import type { AggregateOptions, KGroupedStream } from "./k-grouped-stream.js";
import type { KTable } from "./k-table.js";
import { givenStoreName, saysMaterialized, storeSpec } from "./materialization.js";
import type { Materialized } from "./options.js";

/** KGroupedStream over plan nodes. */
export class GroupedStreamHandle<K, V> implements KGroupedStream<K, V> {
  readonly #flow: Flow;
  readonly #name: string | undefined;
  #repartition: Repartition | null = null;

  constructor(flow: Flow, name: string | undefined) {
    this.#flow = flow;
    this.#name = name;
  }

  count(options: Materialized<K, number> = {}): KTable<K, number> {
    // Kafka Streams draws one number more here, for a store whose name it then throws away.
    if (givenStoreName(options) === undefined && saysMaterialized(options)) {
      this.#flow.plan.numbers.store("KSTREAM-AGGREGATE-");
    }
    return this.#fold({ kind: "count" }, "KSTREAM-AGGREGATE-", options);
  }

  reduce(
    reducer: (aggregate: V, value: V, context: RecordContext) => V | null,
    options: Materialized<K, V> = {},
  ): KTable<K, V> {
    return this.#fold({ kind: "reduce", reduce: reducer }, "KSTREAM-REDUCE-", options);
  }

  aggregate<A>(options: AggregateOptions<K, V, A>): KTable<K, A> {
    const { init, add } = options;
    return this.#fold({ kind: "aggregate", init, add }, "KSTREAM-AGGREGATE-", options);
  }

  #fold<A>(fold: StreamFold, prefix: string, options: Materialized<K, A>): KTable<K, A> {
    const { plan, handles } = this.#flow;
    const storeName = givenStoreName(options) ?? plan.numbers.store(prefix);
    const name = plan.numbers.processor(prefix, options.name);
    const key = keptSlot(options.key, this.#flow.key);
    const value = this.#resultSlot(fold, name, options);
    const store = storeSpec(options, storeName, { key, value });
    const parent = this.#flow.marked ? this.#appendRepartition(store) : this.#flow.node;
    const node = plan.append({ kind: "streamAggregation", name, parents: [parent], fold, windowing: null, store });
    return handles.table({ plan, handles, node, key, value });
  }

  #resultSlot(fold: StreamFold, nodeName: string, { value }: Materialized<unknown, unknown>): SerdeSlot {
    switch (fold.kind) {
      case "count":
        return slotOf(value ?? serdes.long);
      case "reduce":
        return keptSlot(value, this.#flow.value);
      case "aggregate":
        return changedSlot(value, nodeName);
    }
  }

  #appendRepartition(store: StoreSpec): Repartition {
    const { key, value } = this.#flow;
    const need = {
      prefix: this.#name ?? store.name,
      verb: "groupBy() or groupByKey()",
      named: this.#name !== undefined || store.named,
      key,
      value,
    };
    this.#repartition = appendRepartition(this.#flow, need, this.#name === undefined ? null : this.#repartition);
    return this.#repartition;
  }
}
