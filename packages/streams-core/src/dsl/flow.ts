import {
  repartitionNames,
  type Plan,
  type PlanNode,
  type Repartition,
  type SerdeSlot,
  type TableNode,
} from "../plan/index.js";
import type { KStream } from "./k-stream.js";
import type { KTable } from "./k-table.js";

/** Makes handles: streams lead to tables and tables to streams, but their modules must not import each other. */
export interface Handles {
  stream<K, V>(flow: Flow): KStream<K, V>;
  table<K, V>(flow: TableFlow): KTable<K, V>;
}

/** What every handle has in common. */
interface HandleContext {
  readonly plan: Plan;
  readonly handles: Handles;
}

/** What a handle on a table stands for. */
export interface TableFlow extends HandleContext {
  readonly node: TableNode;
  readonly key: SerdeSlot;
  readonly value: SerdeSlot;
}

/** What a handle on a stream stands for. */
export interface Flow extends HandleContext {
  readonly node: PlanNode;
  readonly key: SerdeSlot;
  readonly value: SerdeSlot;
  /** The key may have changed since records were last partitioned by it (T8). */
  readonly marked: boolean;
}

/** What a repartition topic is for and how its records are written. */
export interface RepartitionNeed extends Pick<Repartition, "verb" | "named" | "key" | "value"> {
  /** The topic's name but for its suffix. */
  readonly prefix: string;
}

/**
 * Appends a repartition topic of which the user said no more than a name, or takes `present`, one of that name made
 * before. Draws numbers either way.
 */
export function appendRepartition(
  { plan, node }: Flow,
  { prefix, verb, named, key, value }: RepartitionNeed,
  present: Repartition | null = null,
): Repartition {
  const names = repartitionNames(plan.numbers, prefix);
  if (present !== null) {
    plan.reuse(present);
    return present;
  }
  const parents = [node];
  return plan.append({
    kind: "repartition",
    name: names.source,
    parents,
    verb,
    names,
    named,
    mergeable: true,
    key,
    value,
    partitions: null,
    partitioner: null,
  });
}
