import type { SerdeSlot, StoreSpec } from "../plan/index.js";
import { validateName } from "../topology/index.js";
import type { Materialized } from "./options.js";
import type { StoreSupplier } from "./store-suppliers.js";

/** Whether the options say anything about a store: what in Kafka Streams is a call with a `Materialized`. */
export function saysMaterialized(options: Materialized<unknown, unknown> & { readonly retentionMs?: number }): boolean {
  const { store, supplier, key, value, caching, logging, engine, retentionMs } = options;
  return [store, supplier, key, value, caching, logging, engine, retentionMs].some((option) => option !== undefined);
}

/** The name the user gave the store; undefined for none. Throws TopologyError for one that cannot name a topic. */
export function givenStoreName({ store, supplier }: Materialized<unknown, unknown>): string | undefined {
  const name = supplier?.name ?? store;
  if (name !== undefined) validateName(name);
  return name;
}

/** The store that the options describe. */
export function storeSpec(
  options: Materialized<unknown, unknown>,
  name: string,
  serdes: { readonly key: SerdeSlot; readonly value: SerdeSlot },
): StoreSpec {
  const { caching = true, logging = true, engine = "default", supplier } = options;
  const versioned = supplier?.kind === "versioned";
  return Object.freeze({
    name,
    named: givenStoreName(options) !== undefined,
    kind: versioned ? "versioned-key-value" : "timestamped-key-value",
    key: serdes.key,
    value: serdes.value,
    caching: caching && !versioned,
    logging: logging !== false,
    changelogConfig: Object.freeze(typeof logging === "object" ? { ...logging } : {}),
    engine,
    maxEntries: null,
    ...(supplier === undefined ? {} : suppliedSpec(supplier)),
  });
}

/** What a supplier decides about its store. */
function suppliedSpec({ engine, maxEntries, retentionMs, forgetsTimestamps, segmentIntervalMs }: StoreSupplier) {
  return {
    engine,
    maxEntries: maxEntries ?? null,
    ...(retentionMs === undefined ? {} : { retentionMs }),
    ...(forgetsTimestamps === undefined ? {} : { forgetsTimestamps }),
    ...(segmentIntervalMs === undefined ? {} : { segmentIntervalMs }),
  };
}
