import type { NamedFunction } from "../scenario.js";
import { numberIn, textIn } from "../values/fields.js";
import { num, text } from "../values/text.js";
import { made, type FunctionTable } from "./function-table.js";

export type Predicate = (key: unknown, value: unknown) => boolean;

/** A null value makes it false. */
const ofValue =
  (test: (value: unknown) => boolean): Predicate =>
  (_, value) =>
    value !== null && test(value);

const PREDICATES: FunctionTable<Predicate> = {
  always: (args) => () => args["result"] === true,
  valueLongerThan: (args) => {
    const n = numberIn(args, "n");
    return ofValue((value) => text(value).length > n);
  },
  valueContains: (args) => {
    const part = textIn(args, "text");
    return ofValue((value) => text(value).includes(part));
  },
  valueEquals: (args) => {
    const equals = textIn(args, "text");
    return ofValue((value) => text(value) === equals);
  },
  keyEquals: (args) => {
    const equals = textIn(args, "text");
    return (key) => key !== null && text(key) === equals;
  },
  keyIsNull: () => (key) => key === null,
  valueIsNull: () => (_, value) => value === null,
  isEven: () => ofValue((value) => num(value) % 2 === 0),
  gtLong: (args) => {
    const n = numberIn(args, "n");
    return ofValue((value) => num(value) > n);
  },
};

export function predicate(named: NamedFunction): Predicate {
  return made("predicate", PREDICATES, named);
}
