import { TopologyError, type ProcessorSupplier } from "../model/index.js";
import { tableSuppress } from "../processors/index.js";
import type { TableSuppress } from "./plan-node.js";
import { isVersioned } from "./versioned-tables.js";
import { windowGraceMs } from "./window-grace.js";
import type { WritingContext } from "./write-joins.js";

/** Writes the processor of a `suppress` and its buffer. */
export function writeSuppress(node: TableSuppress, { topology, graph, storeBuilder }: WritingContext): void {
  const { name, buffer, parents, suppression } = node;
  const [parent] = parents;
  if (parent === undefined || isVersioned(parent)) {
    throw new TopologyError(
      `${name}: suppress() cannot be used on a versioned table (S4). Keep the table in a store without history.`,
    );
  }
  const { timeLimitMs, ...rest } = suppression;
  const byWindowEnd = timeLimitMs === null;
  const waitMs = byWindowEnd ? windowGraceMs(parent) : timeLimitMs;
  const processor = tableSuppress({ ...rest, store: buffer.name, byWindowEnd, waitMs }) as ProcessorSupplier;
  topology.addProcessor({ name, processor, parents: graph.parentNames(node) });
  topology.addStateStore(storeBuilder(buffer, name), [name]);
}
