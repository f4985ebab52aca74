import { InvalidArgumentError, type Windowed } from "../model/index.js";
import type { Suppression } from "../plan/index.js";
import type { Named } from "./options.js";

/** When the updates of a table with keys `K` go on: made by {@link suppressed}. */
export interface Suppressed<in K> extends Named {
  /** How and when, as data. */
  readonly suppression: Suppression;
  readonly logging: boolean | Readonly<Record<string, string>>;
  /** Type only: the keys it can be used for. */
  readonly __keys?: (key: K) => void;
}

/** How much a `suppress` may hold back, and where. */
export interface SuppressOptions extends Named {
  /** Keys held back at most. Default: no bound. */
  readonly maxRecords?: number;
  /** Bytes held back at most, as serialised, with those of topic and headers. Default: no bound. */
  readonly maxBytes?: number;
  /**
   * Wall-clock milliseconds without input after which everything held back goes on as well: Kafka Streams waits for
   * ever. After `untilWindowCloses` later updates of windows so closed are dropped and counted, as results are final.
   */
  readonly closeAfterMs?: number;
  /** False: no changelog topic, what is held back is lost with the instance. An object: settings of the topic. Default true. */
  readonly logging?: boolean | Readonly<Record<string, string>>;
}

/** When updates of any table go on. */
export interface TimeLimitOptions extends SuppressOptions {
  /** Milliseconds after a key's first update, by the timestamps that come; 0: at once. */
  readonly timeLimitMs: number;
  /** What happens over the bounds: the oldest go on early (default), or the app stops with SuppressBufferFullError. */
  readonly onFull?: "emitEarly" | "shutDown";
}

function bound(what: string, value: number | undefined): number {
  if (value === undefined) return Infinity;
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError(`${what} is ${value}, it must be a whole number of at least 0.`);
}

function suppressionOf(
  { maxRecords, maxBytes, closeAfterMs, logging = true, name }: SuppressOptions,
  when: Pick<Suppression, "timeLimitMs" | "onFull">,
): Suppressed<unknown> {
  if (closeAfterMs !== undefined && !(closeAfterMs >= 1)) {
    throw new InvalidArgumentError(`closeAfterMs is ${closeAfterMs}, it must be at least 1 ms.`);
  }
  const suppression = Object.freeze({
    ...when,
    maxRecords: bound("maxRecords", maxRecords),
    maxBytes: bound("maxBytes", maxBytes),
    closeAfterMs: closeAfterMs ?? null,
  });
  return Object.freeze({ suppression, logging, ...(name === undefined ? {} : { name }) });
}

/** Says how long `KTable.suppress` holds updates back. Each throws InvalidArgumentError for negative numbers. */
export const suppressed = Object.freeze({
  /**
   * One final result for each window, when it closes: when the stream time this operator sees reaches the window's end
   * plus the grace of the aggregation before it (S2), for sessions plus the gap as well. Deletions are left out. Over its
   * bounds the app stops with SuppressBufferFullError, as to emit early would not be final. Building throws
   * TopologyError where nothing upstream is windowed.
   *
   * ```text
   * tumbling, sizeMs 10, graceMs 5, count   in   a@1  a@4  a@12  a@15
   *                                         out                  a[0,10) 2
   * ```
   */
  untilWindowCloses(options: SuppressOptions = {}): Suppressed<Windowed<unknown>> {
    return suppressionOf(options, { timeLimitMs: null, onFull: "shutDown" });
  },

  /**
   * At most one update of a key per `timeLimitMs`: the latest, with its timestamp, once stream time is that far behind
   * the key's first update (S1). Later updates replace the one that waits and do not prolong the wait.
   *
   * ```text
   * timeLimitMs 10   in   a A@0  a B@4  b X@9  b Y@10
   *                  out                       a B@4
   * ```
   */
  untilTimeLimit(options: TimeLimitOptions): Suppressed<unknown> {
    const timeLimitMs = bound("timeLimitMs", options.timeLimitMs);
    return suppressionOf(options, { timeLimitMs, onFull: options.onFull ?? "emitEarly" });
  },
});
