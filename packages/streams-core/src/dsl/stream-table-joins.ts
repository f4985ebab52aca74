import { InvalidArgumentError, TopologyError } from "../model/index.js";
import { changedSlot, keptSlot, type ErasedJoiner, type JoinGrace } from "../plan/index.js";
import type { Flow } from "./flow.js";
import type { GlobalTableHandle } from "./global-table-handle.js";
import type { GlobalTableJoinOptions, StreamTableJoinOptions } from "./join-options.js";
import type { JoinRepartition } from "./join-repartition.js";
import { TableHandle } from "./table-handle.js";

/** A join of a stream as its verb was called. */
export interface StreamTableJoinCall<O> {
  readonly left: boolean;
  readonly joiner: ErasedJoiner;
  readonly options: O;
}

type TableOptions = StreamTableJoinOptions<unknown, unknown, unknown>;
type GlobalOptions = GlobalTableJoinOptions<never, never, unknown, unknown>;

/** Appends a join with a table; gives the flow of its result. Throws TopologyError for a table of another builder. */
export function joinTable(
  flow: Flow,
  repartition: JoinRepartition,
  table: TableHandle<unknown, unknown>,
  call: StreamTableJoinCall<TableOptions>,
): Flow {
  const { plan } = flow;
  const { left, joiner, options } = call;
  const verb = left ? "leftJoin()" : "join()";
  const other = TableHandle.flowOf(table);
  if (other.plan !== plan)
    throw new TopologyError(`${verb} takes a table of the same StreamsBuilder: this one is of another.`);
  const named = options.name !== undefined;
  const key = keptSlot(options.key, flow.key);
  const value = keptSlot(options.leftValue, flow.value);
  const prefix = options.name ?? flow.node.name;
  const ready = { ...repartition.of(flow, { prefix, verb, named, key, value }), key, value };
  const name = plan.numbers.processor(left ? "KSTREAM-LEFTJOIN-" : "KSTREAM-JOIN-", options.name);
  const grace = graceOf(name, ready, options);
  const node = plan.append({
    kind: "streamTableJoin",
    name,
    parents: [ready.node],
    table: other.node,
    left,
    joiner,
    grace,
  });
  return { ...ready, node, value: changedSlot(options.value, name) };
}

/** Appends a join with a global table; gives the flow of its result. Throws as `joinTable`. */
export function joinGlobalTable(
  flow: Flow,
  table: GlobalTableHandle<unknown, unknown>,
  { left, joiner, options }: StreamTableJoinCall<GlobalOptions>,
): Flow {
  const { plan, node: parent } = flow;
  const verb = left ? "leftJoin()" : "join()";
  if (!table.isOf(plan)) {
    throw new TopologyError(`${verb} takes a global table of the same StreamsBuilder: this one is of another.`);
  }
  if (typeof options?.on !== "function") {
    throw new InvalidArgumentError(`${verb} with a global table needs \`on\`: a function that gives the row's key.`);
  }
  // Inner joins are called so, too: Kafka Streams names both alike.
  const name = plan.numbers.processor("KSTREAM-LEFTJOIN-", options.name);
  const { storeName } = table;
  const node = plan.append({
    kind: "streamGlobalJoin",
    name,
    parents: [parent],
    storeName,
    left,
    joiner,
    selectKey: options.on,
  });
  return { ...flow, node, value: changedSlot(options.value, name) };
}

function graceOf(nodeName: string, flow: Flow, { graceMs, name }: TableOptions): JoinGrace | null {
  if (graceMs === undefined) return null;
  if (!Number.isInteger(graceMs) || graceMs < 0) {
    throw new InvalidArgumentError(`${nodeName}: graceMs is ${graceMs}, it must be an integer of at least 0.`);
  }
  const buffer = Object.freeze({
    name: `${nodeName}-Buffer`,
    named: name !== undefined,
    kind: "stream-join-buffer" as const,
    key: flow.key,
    value: flow.value,
    caching: false,
    logging: true,
    changelogConfig: Object.freeze({}),
    engine: "memory" as const,
    maxEntries: null,
    retentionMs: graceMs,
  });
  return Object.freeze({ graceMs, buffer });
}
