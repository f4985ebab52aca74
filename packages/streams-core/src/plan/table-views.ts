import type { TableViewSupplier } from "../model/index.js";
import {
  filteredView,
  mappedView,
  sessionStoreView,
  storeView,
  suppressedView,
  tableJoinView,
  windowStoreView,
  type TableJoiner,
} from "../processors/index.js";
import type { TableNode, TableStep } from "./plan-node.js";

/** How an operator looks up rows of the table: in its store, or computed from the tables it is made of (B3). */
export function viewOf(table: TableNode): TableViewSupplier {
  switch (table.kind) {
    case "tableStep":
      return table.store === null ? stepView(table) : storeView(table.store.name);
    case "tableSuppress":
      return suppressedView(table.buffer.name, viewOf(table.parents[0] as TableNode));
    case "tableJoin": {
      const { join: kind, store, joiner } = table;
      if (store !== null) return storeView(store.name);
      const tables = { kind, left: viewOf(table.left), right: viewOf(table.right) };
      return tableJoinView(tables, joiner as TableJoiner<unknown, unknown, unknown, unknown>);
    }
    default:
      return keptView(table);
  }
}

function keptView({
  store,
}: Exclude<TableNode, TableStep | { kind: "tableJoin" | "tableSuppress" }>): TableViewSupplier {
  switch (store.kind) {
    case "timestamped-window":
      return windowStoreView(store.name) as TableViewSupplier;
    case "session":
      return sessionStoreView(store.name) as TableViewSupplier;
    default:
      return storeView(store.name);
  }
}

function stepView({ operator, parents }: TableStep): TableViewSupplier {
  const parent = viewOf(parents[0] as TableNode);
  switch (operator.kind) {
    case "filter":
      return filteredView(parent, operator.predicate as (key: unknown, value: unknown) => boolean, operator.negate);
    case "mapValues":
      return mappedView(parent, operator.mapper as (value: unknown, key: unknown) => unknown);
  }
}
