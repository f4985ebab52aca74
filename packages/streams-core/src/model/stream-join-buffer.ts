import type { RecordContext } from "./context.js";
import type { StreamRecord } from "./record.js";
import type { StateStore } from "./state-store.js";

/** Takes a record out of a {@link StreamJoinBuffer}, with where it came from. */
export type BufferedRecord<K, V> = (record: StreamRecord<K, V>, origin: RecordContext) => void;

/** Records of a stream that wait for late rows of a table, ordered by time, then by the key's bytes, then by arrival (J18). */
export interface StreamJoinBuffer<K, V> extends StateStore {
  /** False: the record is older than the grace period allows, and was not kept. Its context is copied. */
  put(record: StreamRecord<K, V>, origin: RecordContext): boolean;
  /** Hands on, and forgets, what is at least the grace period older than the newest record kept so far. */
  evictDue(emit: BufferedRecord<K, V>): void;
}
