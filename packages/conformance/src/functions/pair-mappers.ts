import type { NamedFunction } from "../scenario.js";
import { functionIn } from "../values/fields.js";
import { made, type FunctionTable } from "./function-table.js";
import { mapper } from "./mappers.js";

/** Gives a new key and a new value. */
export type PairMapper = (key: unknown, value: unknown) => readonly [unknown, unknown];

const PAIR_MAPPERS: FunctionTable<PairMapper> = {
  swap: () => (key, value) => [value, key],
  pair: (args) => {
    const newKey = mapper(functionIn(args, "key"));
    const newValue = mapper(functionIn(args, "value"));
    return (key, value) => [newKey(key, value), newValue(key, value)];
  },
  // Java's types allow the null that ours forbid; what happens then is part of the format.
  nullPair: () => () => null as unknown as readonly [unknown, unknown],
};

export function pairMapper(named: NamedFunction): PairMapper {
  return made("pair mapper", PAIR_MAPPERS, named);
}
