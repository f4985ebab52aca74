import {
  InvalidArgumentError,
  type KeyValueStore,
  type Serde,
  type StateStore,
  type StoreBuilder,
  type StoreKind,
  type TimestampedKeyValueStore,
} from "../model/index.js";

/** What describes a key-value store. */
export interface KeyValueStoreOptions<K, V> {
  /** Unique in the topology; letters, digits, `.`, `_` and `-`. */
  readonly name: string;
  readonly key: Serde<K>;
  readonly value: Serde<V>;
  /** Collect updates of a key and write them once per commit. Default false. */
  readonly caching?: boolean;
  /** False: no changelog topic, contents are lost with the instance. An object: settings of the changelog topic. Default true. */
  readonly logging?: boolean | Readonly<Record<string, string>>;
  /** Where rows live; "default" is what the app keeps its state in. */
  readonly engine?: "default" | "memory" | "persistent";
}

/** What describes a store that forgets. */
export interface LruStoreOptions<K, V> extends Omit<KeyValueStoreOptions<K, V>, "engine"> {
  /** Rows kept; the one not used for longest goes first. At least 1. */
  readonly maxEntries: number;
}

function builderOf<K, V, S extends StateStore>(
  kind: StoreKind,
  options: KeyValueStoreOptions<K, V> & { readonly maxEntries?: number },
): StoreBuilder<S> {
  const { name, key, value, caching = false, logging = true, engine = "default", maxEntries } = options;
  if (name === "") throw new InvalidArgumentError("A store needs a name: give one in `name`.");
  return Object.freeze<StoreBuilder<S>>({
    name,
    kind,
    key: key as Serde<unknown>,
    value: value as Serde<unknown>,
    caching,
    logging: logging !== false,
    changelogConfig: typeof logging === "object" ? Object.freeze({ ...logging }) : {},
    engine,
    ...(maxEntries === undefined ? {} : { maxEntries }),
  });
}

/**
 * Describes a store of rows by key, for a processor. Give it to `addStateStore`; the processor finds it with
 * `context.getStateStore(name)`.
 *
 * @example
 * const seen = keyValueStore({ name: "seen", key: serdes.string, value: serdes.long });
 */
export function keyValueStore<K, V>(options: KeyValueStoreOptions<K, V>): StoreBuilder<KeyValueStore<K, V>> {
  return builderOf("key-value", options);
}

/** Describes a store of rows with the timestamp of the record that made them (ST4), as tables and aggregates use. */
export function timestampedKeyValueStore<K, V>(
  options: KeyValueStoreOptions<K, V>,
): StoreBuilder<TimestampedKeyValueStore<K, V>> {
  return builderOf("timestamped-key-value", options);
}

/** Describes a store in memory that forgets the rows not used for longest. Its changelog forgets them too. */
export function lruStore<K, V>(options: LruStoreOptions<K, V>): StoreBuilder<KeyValueStore<K, V>> {
  const { maxEntries } = options;
  if (!Number.isInteger(maxEntries) || maxEntries < 1) {
    throw new InvalidArgumentError(
      `Store ${options.name}: maxEntries is ${maxEntries}, it must be an integer of at least 1.`,
    );
  }
  return builderOf("key-value", { ...options, engine: "memory" });
}
