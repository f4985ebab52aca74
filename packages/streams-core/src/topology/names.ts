import { TopologyError } from "../model/index.js";

const LONGEST = 249;

/**
 * Refuses what cannot be part of a topic's name (T9): names of stores, of repartition topics and of DSL verbs become
 * such. Throws TopologyError.
 */
export function validateName(name: string): void {
  if (name === "") throw new TopologyError("A name cannot be empty. Leave it out to have one made.");
  if (name === "." || name === "..")
    throw new TopologyError(`Name "${name}" is illegal: choose another than "." and "..".`);
  if (name.length > LONGEST) {
    throw new TopologyError(`Name "${name}" is illegal: it is longer than ${LONGEST} characters.`);
  }
  if (!/^[a-zA-Z0-9._-]+$/u.test(name)) {
    throw new TopologyError(`Name "${name}" is illegal: use ASCII letters, digits, ".", "_" and "-" only.`);
  }
}
