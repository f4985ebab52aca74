import type { CogroupAggregation, ForeignKeyJoin, GlobalTable, PlanNode, TableJoin, TableNode } from "./plan-node.js";

/** What a table has to do for those downstream. */
export interface TableNeed {
  /** Whether it keeps its rows in a store. */
  readonly materialized: boolean;
  /** Whether its updates say what the row was before. */
  readonly sendOldValues: boolean;
}

/**
 * Decides which tables keep rows and send old values. A grouping asks its table for old values and thereby makes it a
 * store (B3), as does a join that has to look its rows up; a filter asks for old values only where they cost nothing, and
 * then leaves out tombstones nobody waits for (B1). Goes through the nodes in the order of the verbs, as the answer
 * depends on it in Kafka Streams too: a filter before the grouping that materialises its parent does not get old values.
 */
export class TableNeeds {
  readonly #materialized = new Set<PlanNode>();
  readonly #sendsOldValues = new Set<PlanNode>();

  constructor(nodes: readonly PlanNode[]) {
    for (const node of nodes) this.#add(node);
  }

  of(node: TableNode | CogroupAggregation | GlobalTable): TableNeed {
    return { materialized: this.#materialized.has(node), sendOldValues: this.#sendsOldValues.has(node) };
  }

  #add(node: PlanNode): void {
    if (keepsRows(node)) this.#materialized.add(node);
    switch (node.kind) {
      case "tableStep":
        if (node.operator.kind === "filter" && this.#askOldValues(node.parents[0]!, false))
          this.#sendsOldValues.add(node);
        break;
      case "tableGroupBy":
      case "tableSuppress":
        this.#askOldValues(node.parents[0]!, true);
        break;
      case "streamTableJoin":
        this.#makeReadable(node.table);
        break;
      case "tableJoin":
        this.#addTableJoin(node);
        break;
      case "foreignKeyJoin":
        this.#addForeignKeyJoin(node);
        break;
    }
  }

  #addTableJoin({ join, left, right }: TableJoin): void {
    this.#makeReadable(left);
    this.#makeReadable(right);
    if (join !== "inner") this.#askOldValues(left, true);
    if (join === "outer") this.#askOldValues(right, true);
  }

  #addForeignKeyJoin({ left, right }: ForeignKeyJoin): void {
    for (const table of [right, left]) {
      this.#makeReadable(table);
      this.#askOldValues(table, true);
    }
  }

  /** Sees to it that rows can be looked up, in the table itself or computed from those it is made of. */
  #makeReadable(table: PlanNode): void {
    if (keepsRowsOnDemand(table)) this.#materialized.add(table);
    else if (!this.#materialized.has(table)) for (const parent of table.parents) this.#makeReadable(parent);
  }

  /** Whether the table sends old values from now on; with `force` it materialises what it takes. */
  #askOldValues(table: PlanNode, force: boolean): boolean {
    if (this.#sendsOldValues.has(table)) return true;
    if (keepsRowsOnDemand(table)) {
      if (!force && !this.#materialized.has(table)) return false;
      this.#materialized.add(table);
    } else if (table.kind === "tableStep" && table.store === null && !this.#askOldValues(table.parents[0]!, force)) {
      return false;
    }
    this.#sendsOldValues.add(table);
    if (table.kind === "tableJoin") for (const parent of table.parents) this.#askOldValues(parent, true);
    if (table.kind === "cogroupMerge") for (const parent of table.parents) this.#sendsOldValues.add(parent);
    return true;
  }
}

/** Whether the table has a store, whatever comes after it. */
function keepsRows(node: PlanNode): boolean {
  switch (node.kind) {
    case "streamAggregation":
    case "cogroupMerge":
    case "tableAggregation":
    case "globalTable":
      return true;
    case "tableStep":
    case "tableJoin":
      return node.store !== null;
    default:
      return "materialized" in node && node.materialized;
  }
}

/** Whether the table takes in records, which it can only tell the rows of if it keeps them. */
function keepsRowsOnDemand({ kind }: PlanNode): boolean {
  return kind === "tableSource" || kind === "toTable" || kind === "foreignKeyJoin";
}
