import type { Serde } from "../model/index.js";
import type { Named, ValueSerde } from "./options.js";

/** How two streams are joined: Kafka Streams' `JoinWindows` and `StreamJoined`. `value` is the serde of the results. */
export interface StreamStreamJoinOptions<K, L, R, V> extends Named, ValueSerde<V> {
  /** The most that the times of two records may be apart, both ends included. A whole number of at least 0. */
  readonly timeDifferenceMs: number;
  /** How far the right record may be before the left one, instead of `timeDifferenceMs`; negative: it must be after it. */
  readonly beforeMs?: number;
  /** How far the right record may be after the left one, instead of `timeDifferenceMs`; negative: it must be before it. */
  readonly afterMs?: number;
  /** How long records are kept beyond the window for late ones of the other side (J2). Default 0. */
  readonly graceMs?: number;
  /** How keys are written. Default: what is known of this stream. */
  readonly key?: Serde<K>;
  /** How this stream's values are written to its store. Default: what is known of it. */
  readonly leftValue?: Serde<L>;
  /** How the other stream's values are written to its store. Default: what is known of it. */
  readonly rightValue?: Serde<R>;
  /** Names the stores: `<storeName>-this-join-store` and so on. */
  readonly storeName?: string;
  /** False: no changelog topics, what waits is lost with the instance. An object: settings of those topics. Default true. */
  readonly logging?: boolean | Readonly<Record<string, string>>;
  /** Where records wait. Default: with the app's other state. */
  readonly engine?: "memory" | "persistent";
}

/** How two streams are joined where records that meet nobody go on as well. */
export interface OuterStreamJoinOptions<K, L, R, V> extends StreamStreamJoinOptions<K, L, R, V> {
  /**
   * Send a record that met nobody on as soon as stream time says that nobody can come any more. Default false: some come
   * later, just when Kafka Streams sends them (J5, J6).
   */
  readonly unmatchedOnTime?: boolean;
  /**
   * Wall-clock time between two looks for records that met nobody, unless they are sent on time. Default 1000, as in Kafka
   * Streams; 0 looks at every record.
   */
  readonly emitIntervalMs?: number;
}
