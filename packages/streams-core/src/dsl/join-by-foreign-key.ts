import { TopologyError, type StreamPartitioner } from "../model/index.js";
import { changedSlot, foreignKeyNames, keptSlot, type ForeignKeyJoin } from "../plan/index.js";
import type { TableFlow } from "./flow.js";
import type { ForeignKeyJoinOptions } from "./join-options.js";
import { givenStoreName, storeSpec } from "./materialization.js";

/** The options of a foreign-key join of any tables: their types were checked where the verb was called. */
interface ErasedOptions
  extends
    Omit<ForeignKeyJoinOptions<unknown, unknown, unknown, unknown>, "on" | "partitioner" | "otherPartitioner">,
    Pick<ForeignKeyJoin, "on"> {
  readonly partitioner?: StreamPartitioner<never, never>;
  readonly otherPartitioner?: StreamPartitioner<never, never>;
}

/**
 * Appends a join of two tables by a key found in the left one's rows; gives the flow of its result. Throws TopologyError
 * for a table of another builder.
 */
export function joinByForeignKey(
  left: TableFlow,
  right: TableFlow,
  what: Pick<ForeignKeyJoin, "joiner" | "keepsUnmatched">,
  options: ErasedOptions,
): TableFlow {
  const { plan, handles } = left;
  if (right.plan !== plan) {
    throw new TopologyError(
      "A table can only be joined with a table of the same StreamsBuilder: this one is of another.",
    );
  }
  const names = foreignKeyNames(plan.numbers, options.name);
  const givenName = givenStoreName(options);
  const storeName = givenName ?? plan.numbers.store("KTABLE-FK-JOIN-OUTPUT-");
  const value = changedSlot(options.value, names.result);
  const node = plan.append({
    kind: "foreignKeyJoin",
    name: names.result,
    parents: [left.node, right.node],
    left: left.node,
    right: right.node,
    names,
    named: options.name !== undefined,
    on: options.on,
    ...what,
    leftKey: left.key,
    leftValue: left.value,
    rightKey: right.key,
    rightValue: right.value,
    partitioner: options.partitioner ?? null,
    otherPartitioner: options.otherPartitioner ?? null,
    store: storeSpec(options, storeName, { key: keptSlot(options.key, left.key), value }),
    materialized: givenName !== undefined,
  });
  return { plan, handles, node, key: left.key, value };
}
