import {
  inMemoryStore,
  lruMap,
  persistentStore,
  sessionStoreSupplier,
  versionedStore,
  windowStoreSupplier,
  type Materialized,
  type Named,
  type Serde,
  type Serdes,
  type StoreSupplier,
  type TimestampExtractor,
  type WindowedMaterialized,
} from "@millrace/streams-core";
import { timestampExtractor } from "../functions/timestamp-extractors.js";
import type { JsonObject, Operation } from "../scenario.js";
import { functionIn, has, isObject, numberIn, objectIn, serdeNameIn, textIn } from "../values/fields.js";
import { MalformedScenarioError } from "../values/malformed-scenario-error.js";
import { serdeNamed } from "../values/serde-named.js";

export function named(operation: JsonObject): Named {
  return has(operation, "name") ? { name: textIn(operation, "name") } : {};
}

/** The serdes that are given; absent ones stay absent, so that the library's rules for them apply. */
export function givenSerdes(from: JsonObject): { readonly key?: Serde<never>; readonly value?: Serde<never> } {
  const key = serdeNameIn(from, "key");
  const value = serdeNameIn(from, "value");
  return {
    ...(key === null ? {} : { key: serdeNamed(key) as Serde<never> }),
    ...(value === null ? {} : { value: serdeNamed(value) as Serde<never> }),
  };
}

export function namedSerdes(operation: Operation): Serdes<never, never> {
  return { ...named(operation), ...givenSerdes(operation) };
}

export function consumed(
  operation: Operation,
): Serdes<never, never> & { readonly timestampExtractor?: TimestampExtractor } {
  const extractor = has(operation, "timestampExtractor") ? functionIn(operation, "timestampExtractor") : null;
  return {
    ...namedSerdes(operation),
    ...(extractor === null ? {} : { timestampExtractor: timestampExtractor(extractor) }),
  };
}

/** Where tables are kept whose operation does not say it. */
export interface StoreDefaults {
  readonly engine?: "memory";
}

/** The operation's name and what it says of the table's store. */
export function materialized(operation: Operation, defaults: StoreDefaults): Materialized<never, never> {
  const name = named(operation);
  if (!has(operation, "materialized")) return name;
  const given = objectIn(operation, "materialized");
  return { ...name, ...givenSerdes(given), ...storeOf(given, defaults), ...storeSettings(given) };
}

/** As for tables without windows, and how long windows are kept. */
export function windowedMaterialized(
  operation: Operation,
  defaults: StoreDefaults,
): WindowedMaterialized<never, never> {
  const options = materialized(operation, defaults);
  if (!has(operation, "materialized")) return options;
  const given = objectIn(operation, "materialized");
  return has(given, "retentionMs") ? { ...options, retentionMs: numberIn(given, "retentionMs") } : options;
}

function storeOf(
  given: JsonObject,
  defaults: StoreDefaults,
): Pick<Materialized<never, never>, "store" | "supplier" | "engine"> {
  if (has(given, "supplier")) return { supplier: supplier(objectIn(given, "supplier"), textIn(given, "store")) };
  const store = has(given, "store") ? { ...defaults, store: textIn(given, "store") } : defaults;
  if (!has(given, "storeType")) return store;
  return { ...store, engine: textIn(given, "storeType") === "in_memory" ? "memory" : "persistent" };
}

/** Caching and logging, where given. */
export function storeSettings(given: JsonObject): Pick<Materialized<never, never>, "caching" | "logging"> {
  const { caching, logging } = given;
  return {
    ...(typeof caching === "boolean" ? { caching } : {}),
    ...(typeof logging === "boolean" ? { logging } : {}),
    ...(isObject(logging) ? { logging: topicConfig(logging) } : {}),
  };
}

function topicConfig(json: JsonObject): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, String(value)]));
}

/** The history of a versioned store. */
export function history(given: JsonObject): {
  readonly historyRetentionMs: number;
  readonly segmentIntervalMs?: number;
} {
  const historyRetentionMs = numberIn(given, "historyRetentionMs");
  if (!has(given, "segmentIntervalMs")) return { historyRetentionMs };
  return { historyRetentionMs, segmentIntervalMs: numberIn(given, "segmentIntervalMs") };
}

const SUPPLIERS: Readonly<Record<string, (name: string, given: JsonObject) => StoreSupplier>> = {
  inMemoryKeyValueStore: inMemoryStore,
  persistentKeyValueStore: (name) => persistentStore(name, { timestamps: false }),
  persistentTimestampedKeyValueStore: (name) => persistentStore(name),
  lruMap: (name, given) => lruMap(name, numberIn(given, "maxEntries")),
  persistentVersionedKeyValueStore: (name, given) => versionedStore(name, history(given)),
  persistentWindowStore: (name, given) => windowStoreSupplier(name, { ...windowTimes(given), timestamps: false }),
  persistentTimestampedWindowStore: (name, given) => windowStoreSupplier(name, windowTimes(given)),
  inMemoryWindowStore: (name, given) => windowStoreSupplier(name, { ...windowTimes(given), engine: "memory" }),
  persistentSessionStore: (name, given) => sessionStoreSupplier(name, { retentionMs: numberIn(given, "retentionMs") }),
  inMemorySessionStore: (name, given) =>
    sessionStoreSupplier(name, { retentionMs: numberIn(given, "retentionMs"), engine: "memory" }),
};

function windowTimes(given: JsonObject): { readonly retentionMs: number; readonly windowSizeMs: number } {
  return { retentionMs: numberIn(given, "retentionMs"), windowSizeMs: numberIn(given, "windowSizeMs") };
}

function supplier(given: JsonObject, name: string): StoreSupplier {
  const make = SUPPLIERS[textIn(given, "type")];
  if (make === undefined) throw new MalformedScenarioError(`unknown supplier ${JSON.stringify(given)}`);
  return make(name, given);
}
