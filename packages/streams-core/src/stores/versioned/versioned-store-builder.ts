import { InvalidArgumentError, type Serde, type StoreBuilder, type VersionedKeyValueStore } from "../../model/index.js";
import type { KeyValueStoreOptions } from "../store-builders.js";

/** What describes a versioned store. It has no cache. */
export interface VersionedStoreBuilderOptions<K, V> extends Omit<KeyValueStoreOptions<K, V>, "caching"> {
  /** How far back the history of a row reaches, by observed stream time; older puts are refused. At least 0. */
  readonly historyRetentionMs: number;
  /** Old versions are dropped a segment at a time. At least 1. Default: a part of the history, as in Kafka Streams. */
  readonly segmentIntervalMs?: number;
}

/**
 * Describes a store of rows with their history (ST3), for a processor. Throws InvalidArgumentError for times out of range.
 *
 * @example
 * const prices = versionedKeyValueStore({
 *   name: "prices", key: serdes.string, value: serdes.double, historyRetentionMs: 3_600_000,
 * });
 */
export function versionedKeyValueStore<K, V>(
  options: VersionedStoreBuilderOptions<K, V>,
): StoreBuilder<VersionedKeyValueStore<K, V>> {
  const { name, key, value, logging = true, engine = "default", historyRetentionMs, segmentIntervalMs } = options;
  if (name === "") throw new InvalidArgumentError("A store needs a name: give one in `name`.");
  checkHistory(name, historyRetentionMs, segmentIntervalMs);
  return Object.freeze<StoreBuilder<VersionedKeyValueStore<K, V>>>({
    name,
    kind: "versioned-key-value",
    key: key as Serde<unknown>,
    value: value as Serde<unknown>,
    caching: false,
    logging: logging !== false,
    changelogConfig: typeof logging === "object" ? Object.freeze({ ...logging }) : {},
    engine,
    retentionMs: historyRetentionMs,
    ...(segmentIntervalMs === undefined ? {} : { segmentIntervalMs }),
  });
}

/** Throws InvalidArgumentError for a history or a segment of no possible length. */
export function checkHistory(name: string, historyRetentionMs: number, segmentIntervalMs: number | undefined): void {
  if (!(historyRetentionMs >= 0)) {
    throw new InvalidArgumentError(
      `Store ${name}: historyRetentionMs is ${historyRetentionMs}, it must be at least 0.`,
    );
  }
  if (segmentIntervalMs !== undefined && !(segmentIntervalMs >= 1)) {
    throw new InvalidArgumentError(`Store ${name}: segmentIntervalMs is ${segmentIntervalMs}, it must be at least 1.`);
  }
}
