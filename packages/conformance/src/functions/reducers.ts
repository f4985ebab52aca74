import type { NamedFunction } from "../scenario.js";
import { textIn } from "../values/fields.js";
import { num, removeToken, text } from "../values/text.js";
import { made, type FunctionTable } from "./function-table.js";

export type Reducer = (aggregate: unknown, value: unknown) => unknown;

const REDUCERS: FunctionTable<Reducer> = {
  concat: (args) => {
    const separator = args["sep"] === undefined ? "|" : textIn(args, "sep");
    return (a, b) => text(a) + separator + text(b);
  },
  sum: () => (a, b) => num(a) + num(b),
  sub: () => (a, b) => num(a) - num(b),
  max: () => (a, b) => Math.max(num(a), num(b)),
  min: () => (a, b) => Math.min(num(a), num(b)),
  last: () => (_, b) => b,
  first: () => (a) => a,
  lastOrNull: (args) => {
    const equals = textIn(args, "text");
    return (_, b) => (text(b) === equals ? null : b);
  },
  removeToken: () => removeToken,
};

export function reducer(named: NamedFunction): Reducer {
  return made("reducer", REDUCERS, named);
}
