import type { NamedFunction } from "../scenario.js";
import { textIn } from "../values/fields.js";
import { num, removeToken, text } from "../values/text.js";
import { made, type FunctionTable } from "./function-table.js";

export type Aggregator = (key: unknown, value: unknown, aggregate: unknown) => unknown;

function joined(aggregate: unknown, addition: string, separator: string): string {
  return aggregate === null || text(aggregate) === "" ? addition : text(aggregate) + separator + addition;
}

const AGGREGATORS: FunctionTable<Aggregator> = {
  concat: (args) => {
    const separator = args["sep"] === undefined ? "|" : textIn(args, "sep");
    return (_, value, aggregate) => joined(aggregate, text(value), separator);
  },
  concatKey: () => (key, value, aggregate) => joined(aggregate, `${text(key)}=${text(value)}`, "|"),
  plus: () => (_, value, aggregate) => `${text(aggregate)}+${text(value)}`,
  minus: () => (_, value, aggregate) => `${text(aggregate)}-${text(value)}`,
  sum: () => (_, value, aggregate) => num(aggregate) + num(value),
  sub: () => (_, value, aggregate) => num(aggregate) - num(value),
  max: () => (_, value, aggregate) => Math.max(num(aggregate), num(value)),
  sumLength: () => (_, value, aggregate) => num(aggregate) + text(value).length,
  subLength: () => (_, value, aggregate) => num(aggregate) - text(value).length,
  inc: () => (_key, _value, aggregate) => num(aggregate) + 1,
  last: () => (_, value) => value,
  nullOn: (args) => {
    const equals = textIn(args, "text");
    return (_, value, aggregate) => (text(value) === equals ? null : joined(aggregate, text(value), "|"));
  },
  removeToken: () => (_, value, aggregate) => removeToken(aggregate, value),
};

export function aggregator(named: NamedFunction): Aggregator {
  return made("aggregator", AGGREGATORS, named);
}
