import {
  keyValueStore,
  lruStore,
  timestampedKeyValueStore,
  type StoreBuilder,
} from "@millrace/streams-core";
import type { JsonObject } from "../scenario.js";
import { numberIn, objectIn, objectsIn, textIn } from "../values/fields.js";
import { MalformedScenarioError } from "../values/malformed-scenario-error.js";
import { defaultSerde, serdeNamed } from "../values/serde-named.js";
import { givenSerdes, storeSettings } from "./options.js";

const ENGINES: Readonly<Record<string, "memory" | "persistent">> = {
  persistentKeyValueStore: "persistent",
  persistentTimestampedKeyValueStore: "persistent",
  inMemoryKeyValueStore: "memory",
};

/** The store a `STORE` of the format describes. */
export function storeBuilder(store: JsonObject): StoreBuilder {
  const defaults = { key: serdeNamed(defaultSerde), value: serdeNamed(defaultSerde) };
  const options = { name: textIn(store, "store"), ...defaults, ...givenSerdes(store), ...storeSettings(store) };
  const type = textIn(store, "type");
  if (type === "lruMap") return lruStore({ ...options, maxEntries: numberIn(store, "maxEntries") });
  const engine = ENGINES[type];
  if (engine === undefined) throw new MalformedScenarioError(`unknown store type ${type}`);
  return store["timestamped"] === true
    ? timestampedKeyValueStore({ ...options, engine })
    : keyValueStore({ ...options, engine });
}

/** The store an operation adds. */
export function storeOf(operation: JsonObject): StoreBuilder {
  return storeBuilder(objectIn(operation, "store"));
}

/** The stores that a processor's supplier brings. */
export function ownStores(operation: JsonObject): readonly StoreBuilder[] {
  return objectsIn(operation, "ownStores").map(storeBuilder);
}
