import type { Serde } from "../model/index.js";

/** The same serde for a side that may be null. Null itself never reaches a serde: it is Kafka's null, no bytes. */
export function nullableSerde<T>(inner: Serde<T>): Serde<T | null> {
  // Sound because of the rule above; the object stays the same so that every fast path stays.
  return inner as Serde<T | null>;
}
