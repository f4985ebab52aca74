import type { NamedFunction } from "../scenario.js";
import { num, text } from "../values/text.js";
import { made, type FunctionTable } from "./function-table.js";

/** Makes the aggregates of two sessions one. */
export type Merger = (key: unknown, left: unknown, right: unknown) => unknown;

const MERGERS: FunctionTable<Merger> = {
  concat: () => (_, left, right) =>
    [left, right]
      .map(textOrNone)
      .filter((part) => part !== "")
      .join("|"),
  sum: () => (_, left, right) => num(left) + num(right),
  bracket: () => (_, left, right) => `(${text(left)},${text(right)})`,
};

const textOrNone = (value: unknown): string => (value === null ? "" : text(value));

export function merger(named: NamedFunction): Merger {
  return made("merger", MERGERS, named);
}
