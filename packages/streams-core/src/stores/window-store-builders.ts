import {
  InvalidArgumentError,
  type Serde,
  type SessionStore,
  type StateStore,
  type StoreBuilder,
  type StoreKind,
  type TimestampedWindowStore,
  type WindowStore,
} from "../model/index.js";
import type { KeyValueStoreOptions } from "./store-builders.js";

/** What describes a session store. */
export interface SessionStoreOptions<K, V> extends KeyValueStoreOptions<K, V> {
  /** How long a session is kept after its end, by observed stream time. At least 0. */
  readonly retentionMs: number;
}

/** What describes a window store. */
export interface WindowStoreOptions<K, V> extends KeyValueStoreOptions<K, V> {
  /** How long a row is kept after its window's start, by observed stream time. Not less than `windowSizeMs`. */
  readonly retentionMs: number;
  /** Gives a row's window its end. At least 0. */
  readonly windowSizeMs: number;
  /** Rows of equal key and start stay side by side; such a store has no cache, and deletes do nothing. Default false. */
  readonly retainDuplicates?: boolean;
}

type Extra = Pick<StoreBuilder, "retentionMs" | "windowSizeMs" | "retainDuplicates">;

function builderOf<K, V, S extends StateStore>(
  kind: StoreKind,
  options: KeyValueStoreOptions<K, V>,
  extra: Extra,
): StoreBuilder<S> {
  const { name, key, value, caching = false, logging = true, engine = "default" } = options;
  if (name === "") throw new InvalidArgumentError("A store needs a name: give one in `name`.");
  return Object.freeze<StoreBuilder<S>>({
    name,
    kind,
    key: key as Serde<unknown>,
    value: value as Serde<unknown>,
    caching: caching && extra.retainDuplicates !== true,
    logging: logging !== false,
    changelogConfig: typeof logging === "object" ? Object.freeze({ ...logging }) : {},
    engine,
    ...extra,
  });
}

function windowExtra({
  name,
  retentionMs,
  windowSizeMs,
  retainDuplicates = false,
}: WindowStoreOptions<never, never>): Extra {
  if (!(windowSizeMs >= 0)) {
    throw new InvalidArgumentError(`Store ${name}: windowSizeMs is ${windowSizeMs}, it must be at least 0.`);
  }
  if (!(retentionMs >= windowSizeMs)) {
    throw new InvalidArgumentError(
      `Store ${name}: retentionMs is ${retentionMs}, it must not be less than windowSizeMs, ${windowSizeMs}.`,
    );
  }
  return { retentionMs, windowSizeMs, retainDuplicates };
}

/**
 * Describes a store of rows by key and window start that are forgotten after the retention (W2), for a processor.
 * Throws InvalidArgumentError for a retention smaller than the window, and for negative times.
 *
 * @example
 * const visits = windowStore({
 *   name: "visits", key: serdes.string, value: serdes.long, retentionMs: 3_600_000, windowSizeMs: 60_000,
 * });
 */
export function windowStore<K, V>(options: WindowStoreOptions<K, V>): StoreBuilder<WindowStore<K, V>> {
  return builderOf("window", options, windowExtra(options as WindowStoreOptions<never, never>));
}

/** As {@link windowStore}, with the timestamp of the record that made each row, as windowed aggregates have (ST4). */
export function timestampedWindowStore<K, V>(
  options: Omit<WindowStoreOptions<K, V>, "retainDuplicates">,
): StoreBuilder<TimestampedWindowStore<K, V>> {
  return builderOf("timestamped-window", options, windowExtra(options as WindowStoreOptions<never, never>));
}

/** Describes a store of sessions by key, start and end that are forgotten after the retention, by their end. */
export function sessionStore<K, V>(options: SessionStoreOptions<K, V>): StoreBuilder<SessionStore<K, V>> {
  const { name, retentionMs } = options;
  if (!(retentionMs >= 0)) {
    throw new InvalidArgumentError(`Store ${name}: retentionMs is ${retentionMs}, it must be at least 0.`);
  }
  return builderOf("session", options, { retentionMs });
}
