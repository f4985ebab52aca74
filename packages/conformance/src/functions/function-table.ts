import type { NamedFunction } from "../scenario.js";
import { MalformedScenarioError } from "../values/malformed-scenario-error.js";

/** A table of functions by name, each made of its arguments. */
export type FunctionTable<F> = Readonly<Record<string, (args: NamedFunction) => F>>;

/** The function of that name, made of the arguments beside it. */
export function made<F>(kind: string, table: FunctionTable<F>, named: NamedFunction): F {
  const make = Object.hasOwn(table, named.name) ? table[named.name] : undefined;
  if (make === undefined) throw new MalformedScenarioError(`unknown ${kind} ${named.name}`);
  return make(named);
}
