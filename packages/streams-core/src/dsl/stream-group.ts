import {
  changedSlot,
  keptSlot,
  repartitionNames,
  slotOf,
  windowedSlot,
  type AggregationWindows,
  type PlanNode,
  type Repartition,
  type SerdeSlot,
  type StoreSpec,
  type StreamFold,
  type Windowing,
} from "../plan/index.js";
import { serdes } from "../serde/index.js";
import { appendRepartition, type Flow } from "./flow.js";
import type { KTable } from "./k-table.js";
import { givenStoreName, saysMaterialized } from "./materialization.js";
import type { WindowedMaterialized } from "./windowed-options.js";
import { windowedStoreSpec } from "./windowed-store-spec.js";

type NodePrefix = "KSTREAM-AGGREGATE-" | "KSTREAM-REDUCE-";

/** A grouped stream, as the handles on it share it: what it is folded from, and its repartition topic once there is one. */
export class StreamGroup {
  readonly flow: Flow;
  readonly #name: string | undefined;
  #repartition: Repartition | null = null;

  constructor(flow: Flow, name: string | undefined) {
    this.flow = flow;
    this.#name = name;
  }

  /** Appends the aggregation and gives its table, whose keys are windowed with `windowing`. */
  fold<KOut, A>(
    fold: StreamFold,
    options: WindowedMaterialized<unknown, unknown>,
    windowing: Windowing | null = null,
  ): KTable<KOut, A> {
    const { plan, handles } = this.flow;
    const prefix: NodePrefix = fold.kind === "reduce" ? "KSTREAM-REDUCE-" : "KSTREAM-AGGREGATE-";
    // Kafka Streams draws one number more here, for a store whose name it then throws away.
    const drawsTwice = fold.kind === "count" && windowing?.windows.kind !== "sliding";
    if (drawsTwice && givenStoreName(options) === undefined && saysMaterialized(options)) plan.numbers.store(prefix);
    const storeName = givenStoreName(options) ?? plan.numbers.store(prefix);
    const name = plan.numbers.processor(prefix, options.name);
    const key = keptSlot(options.key, this.flow.key);
    const value = this.#resultSlot(fold, name, options);
    const store = windowedStoreSpec(options, storeName, { key, value }, windowing);
    const node = plan.append({
      kind: "streamAggregation",
      name,
      parents: [this.parentFor(store)],
      fold,
      windowing,
      store,
    });
    return handles.table({ plan, handles, node, key: tableKeySlot(key, windowing), value });
  }

  /** The node whose records are partitioned by the group's key. Makes the repartition topic where it needs one. */
  parentFor(store: StoreSpec): PlanNode {
    if (!this.flow.marked) return this.flow.node;
    const { key, value } = this.flow;
    const need = {
      prefix: this.#prefix(store),
      verb: "groupBy() or groupByKey()",
      named: this.#name !== undefined || store.named,
      key,
      value,
    };
    this.#repartition = appendRepartition(this.flow, need, this.#name === undefined ? null : this.#repartition);
    return this.#repartition;
  }

  /** Whether two such groups that share a store need names for their repartition topics. */
  get needsName(): boolean {
    return this.flow.marked && this.#name === undefined;
  }

  /** Draws the numbers of a repartition topic that is there already, as Kafka Streams does. */
  drawNumbers(store: StoreSpec): void {
    if (this.flow.marked) repartitionNames(this.flow.plan.numbers, this.#prefix(store));
  }

  #prefix(store: StoreSpec): string {
    return this.#name ?? store.name;
  }

  #resultSlot(fold: StreamFold, nodeName: string, { value }: WindowedMaterialized<unknown, unknown>): SerdeSlot {
    switch (fold.kind) {
      case "count":
        return slotOf(value ?? serdes.long);
      case "reduce":
        return keptSlot(value, this.flow.value);
      case "aggregate":
        return changedSlot(value, nodeName);
    }
  }
}

/** The slot of a table's key: the group's, within windows where there are some. */
export function tableKeySlot(key: SerdeSlot, windowing: Windowing | null): SerdeSlot {
  if (windowing === null) return key;
  const { windows } = windowing;
  if (windows.kind === "session") return windowedSlot(key, (inner) => serdes.sessionWindowed(inner));
  const sizeMs = windowSizeMs(windows);
  return windowedSlot(key, (inner) => serdes.timeWindowed(inner, sizeMs));
}

function windowSizeMs(windows: Exclude<AggregationWindows, { readonly kind: "session" }>): number {
  switch (windows.kind) {
    case "time":
      return windows.sizeMs;
    case "sliding":
      return windows.timeDifferenceMs;
    case "unlimited":
      return Number.POSITIVE_INFINITY;
  }
}
