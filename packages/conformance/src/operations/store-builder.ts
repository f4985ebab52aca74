import {
  keyValueStore,
  lruStore,
  sessionStore,
  timestampedKeyValueStore,
  timestampedWindowStore,
  versionedKeyValueStore,
  windowStore,
  type KeyValueStoreOptions,
  type StoreBuilder,
} from "@millrace/streams-core";
import type { JsonObject } from "../scenario.js";
import { numberIn, objectIn, objectsIn, textIn } from "../values/fields.js";
import { MalformedScenarioError } from "../values/malformed-scenario-error.js";
import { defaultSerde, serdeNamed } from "../values/serde-named.js";
import { givenSerdes, history, storeSettings } from "./options.js";

const ENGINES: Readonly<Record<string, "memory" | "persistent">> = {
  persistentKeyValueStore: "persistent",
  persistentTimestampedKeyValueStore: "persistent",
  inMemoryKeyValueStore: "memory",
};

type Given = KeyValueStoreOptions<never, never>;

function windowed(store: JsonObject) {
  const { retainDuplicates } = store;
  return {
    retentionMs: numberIn(store, "retentionMs"),
    windowSizeMs: numberIn(store, "windowSizeMs"),
    retainDuplicates: retainDuplicates === true,
  };
}

/** Timestamped rows in a store of a type without timestamps lose theirs, unless it is in memory. */
function inPlainStore(builder: StoreBuilder, { type }: JsonObject): StoreBuilder {
  const plain = type === "persistentKeyValueStore" || type === "persistentWindowStore";
  return plain ? { ...builder, forgetsTimestamps: true } : builder;
}

const windowStoreIn =
  (engine: "memory" | "persistent") =>
  (given: Given, store: JsonObject): StoreBuilder => {
    const options = { ...given, ...windowed(store), engine };
    return store["timestamped"] === true ? inPlainStore(timestampedWindowStore(options), store) : windowStore(options);
  };

const sessionStoreIn =
  (engine: "memory" | "persistent") =>
  (given: Given, store: JsonObject): StoreBuilder =>
    sessionStore({ ...given, retentionMs: numberIn(store, "retentionMs"), engine });

/** Stores that forget with time, by their type. */
const FORGETFUL: Readonly<Record<string, (given: Given, store: JsonObject) => StoreBuilder>> = {
  persistentWindowStore: windowStoreIn("persistent"),
  persistentTimestampedWindowStore: windowStoreIn("persistent"),
  inMemoryWindowStore: windowStoreIn("memory"),
  persistentSessionStore: sessionStoreIn("persistent"),
  inMemorySessionStore: sessionStoreIn("memory"),
  persistentVersionedKeyValueStore: (given, store) => versionedKeyValueStore({ ...given, ...history(store) }),
};

/** The store a `STORE` of the format describes. */
export function storeBuilder(store: JsonObject): StoreBuilder {
  const defaults = { key: serdeNamed(defaultSerde), value: serdeNamed(defaultSerde) };
  const options = { name: textIn(store, "store"), ...defaults, ...givenSerdes(store), ...storeSettings(store) };
  const type = textIn(store, "type");
  if (type === "lruMap") return lruStore({ ...options, maxEntries: numberIn(store, "maxEntries") });
  const forgetful = FORGETFUL[type];
  if (forgetful !== undefined) return forgetful(options as Given, store);
  const engine = ENGINES[type];
  if (engine === undefined) throw new MalformedScenarioError(`unknown store type ${type}`);
  return store["timestamped"] === true
    ? inPlainStore(timestampedKeyValueStore({ ...options, engine }), store)
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
