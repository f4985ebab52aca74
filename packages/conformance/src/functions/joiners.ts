import type { NamedFunction } from "../scenario.js";
import { textIn } from "../values/fields.js";
import { num, text } from "../values/text.js";
import { made, type FunctionTable } from "./function-table.js";

/** Of the left value, the right one and, but for tables, the key. */
export type Joiner = (left: unknown, right: unknown, key: unknown) => unknown;

const JOINERS: FunctionTable<Joiner> = {
  pair: () => (left, right) => `${text(left)}+${text(right)}`,
  keyPair: () => (left, right, key) => `${text(key)}:${text(left)}+${text(right)}`,
  pairOrNull: (args) => {
    const ifRight = textIn(args, "ifRight");
    return (left, right) => (text(right) === ifRight ? null : `${text(left)}+${text(right)}`);
  },
  left: () => (left) => left,
  right: () => (_, right) => right,
  sum: () => (left, right) => num(left) + num(right),
};

export function joiner(named: NamedFunction): Joiner {
  return made("joiner", JOINERS, named);
}
