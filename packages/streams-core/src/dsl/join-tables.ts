import { TopologyError } from "../model/index.js";
import { changedSlot, keptSlot, type TableJoin } from "../plan/index.js";
import type { TableFlow } from "./flow.js";
import type { TableJoinOptions } from "./join-options.js";
import { givenStoreName, saysMaterialized, storeSpec } from "./materialization.js";

/**
 * Appends a join of two tables by key; gives the flow of its result. Unlike other verbs of tables it keeps its rows where
 * the options say anything of a store, be it only a serde: Kafka Streams does. Throws TopologyError for a table of another
 * builder.
 */
export function joinTables(
  left: TableFlow,
  right: TableFlow,
  what: Pick<TableJoin, "join" | "joiner">,
  options: TableJoinOptions<unknown, unknown>,
): TableFlow {
  const { plan, handles } = left;
  if (right.plan !== plan) {
    throw new TopologyError(
      "A table can only be joined with a table of the same StreamsBuilder: this one is of another.",
    );
  }
  const given = givenStoreName(options);
  const storeName = given ?? (saysMaterialized(options) ? plan.numbers.store("KTABLE-MERGE-") : null);
  const name = plan.numbers.processor("KTABLE-MERGE-", options.name);
  const leftName = plan.numbers.suffixed("KTABLE-JOINTHIS-", options.name, "-join-this");
  const rightName = plan.numbers.suffixed("KTABLE-JOINOTHER-", options.name, "-join-other");
  const key = keptSlot(options.key, left.key);
  const value = changedSlot(options.value, name);
  const node = plan.append({
    kind: "tableJoin",
    name,
    parents: [left.node, right.node],
    left: left.node,
    right: right.node,
    leftName,
    rightName,
    ...what,
    store: storeName === null ? null : storeSpec(options, storeName, { key, value }),
  });
  return { plan, handles, node, key, value };
}
