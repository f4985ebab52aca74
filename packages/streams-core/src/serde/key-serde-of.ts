import type { Serde } from "../model/index.js";

/**
 * The serde as it is used for keys, where equal keys must have equal bytes: JSON sorts its properties. Whoever gives
 * a key serde to a source, a sink or a store takes it through here; most serdes come back as they are.
 */
export function keySerdeOf<T>(serde: Serde<T>): Serde<T> {
  return serde.forKeys?.() ?? serde;
}
