import type { Change } from "./change.js";
import type { RecordContext } from "./context.js";
import type { StateStore } from "./state-store.js";

/** Takes an update out of a {@link SuppressStore}, with where its record came from. */
export type SuppressedUpdate<K, V> = (key: K, change: Change<V>, context: RecordContext) => void;

/**
 * What `suppress` holds back: the latest update of each key, ordered by the time of the key's *first* update since it was
 * last let go (S1), then by the key's bytes. Always in memory as a whole.
 */
export interface SuppressStore<K, V> extends StateStore {
  readonly rowCount: number;
  /** Size as Kafka Streams reckons it, for `maxBytes`. */
  readonly bytes: number;
  /** Time of the oldest row; Infinity without rows. */
  readonly oldestMs: number;
  /** Time of the newest row; -1 without rows. Looks at every row. */
  newestMs(): number;
  /** Replaces the update of the key that waits, if one does: its time stays. The context is copied. */
  put(key: K, change: Change<V>, timeMs: number, context: RecordContext): void;
  /** Hands the oldest row to `emit`, then forgets it. There must be one. */
  evictOldest(emit: SuppressedUpdate<K, V>): void;
  /** What was before the first update that waits: the row as those downstream know it. Undefined when none waits. */
  priorValue(key: K): V | null | undefined;
}
