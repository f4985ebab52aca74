import {
  StreamRecord,
  type Headers,
  type JoinWindows,
  type NodeContext,
  type UnmatchedRow,
  type UnmatchedStore,
} from "../model/index.js";

/** When records that met nobody go on. */
export interface UnmatchedEmission {
  /** Wall-clock time between two looks for them (J5). */
  readonly emitIntervalMs: number;
  /** As soon as stream time says that nobody can come any more, instead of when Kafka Streams looks (J5, J6). */
  readonly onTime: boolean;
}

export interface UnmatchedEmitterOptions extends UnmatchedEmission {
  readonly windows: JoinWindows;
}

/** Makes the result of an unmatched record; the missing side is null. */
export type JoinUnmatched = (left: unknown, right: unknown, key: unknown) => unknown;

/** Where the emitter stands and what it makes of rows: the side of the join that is being processed. */
export interface UnmatchedOutlet {
  readonly context: NodeContext;
  readonly join: JoinUnmatched;
  /** How far ahead of a record's time this side looks: Kafka Streams asks this side alone whether it is worth a look. */
  readonly lookAheadMs: number;
}

/** Knows the stream time of a left or outer join, and sends out what nobody can meet any more. One per task. */
export class UnmatchedEmitter {
  readonly #store: UnmatchedStore<unknown, unknown, unknown>;
  readonly #options: UnmatchedEmitterOptions;
  /** Greatest time of both sides (T2); kept with the committed offsets, so that a restart goes on from there. */
  #streamTimeMs = -1;
  #isTimeKnown = false;
  /** Kafka Streams' idea of the oldest row: the last one it looked at, which may be newer (J6). */
  #minTimeMs = Infinity;
  #nextLookMs = 0;

  constructor(store: UnmatchedStore<unknown, unknown, unknown>, options: UnmatchedEmitterOptions) {
    this.#store = store;
    this.#options = options;
  }

  get streamTimeMs(): number {
    return this.#streamTimeMs;
  }

  advance(timestampMs: number, context: NodeContext): void {
    if (!this.#isTimeKnown) this.#recall(context);
    if (timestampMs <= this.#streamTimeMs) return;
    this.#streamTimeMs = timestampMs;
    context.keepTimeMs(this.#store.name, timestampMs);
  }

  /** An earlier life may have left rows: they are looked at with the first record. */
  #recall(context: NodeContext): void {
    const store = this.#store;
    this.#isTimeKnown = true;
    this.#streamTimeMs = context.keptTimeMs(store.name) ?? -1;
    this.#minTimeMs = Math.min(store.oldestMs(true), store.oldestMs(false));
  }

  /** A record that met nobody was put into the store. */
  added(timestampMs: number): void {
    if (timestampMs < this.#minTimeMs) this.#minTimeMs = timestampMs;
  }

  /** Call for records at stream time. `headers` go with the results (T6). */
  emitExpired(outlet: UnmatchedOutlet, headers: Headers): void {
    if (this.#options.onTime) this.#emitRows(outlet, headers);
    else if (this.#isWorthALook(outlet)) this.#look(outlet, headers);
  }

  #isWorthALook({ lookAheadMs, context }: UnmatchedOutlet): boolean {
    const { windows, emitIntervalMs } = this.#options;
    if (this.#minTimeMs + lookAheadMs + windows.graceMs >= this.#streamTimeMs) return false;
    if (emitIntervalMs === 0) return true;
    const nowMs = context.currentSystemTimeMs();
    if (nowMs < this.#nextLookMs) return false;
    this.#nextLookMs = nowMs + emitIntervalMs;
    return true;
  }

  #look(outlet: UnmatchedOutlet, headers: Headers): void {
    const emittedMs = this.#emitRows(outlet, headers);
    this.#minTimeMs = this.#lastLookedAtMs(emittedMs);
  }

  /** J6: the row after the first open one of each side, or the last row where one of them has none. */
  #lastLookedAtMs(emittedMs: number): number {
    const store = this.#store;
    const [leftMs, rightMs] = [store.oldestMs(true), store.oldestMs(false)];
    if (leftMs !== Infinity && rightMs !== Infinity) {
      const behindMs = store.behindOldestMs();
      return behindMs < 0 ? Math.max(leftMs, rightMs) : behindMs;
    }
    const lastMs = Math.max(emittedMs, store.newestMs(true), store.newestMs(false));
    return lastMs < 0 ? Infinity : lastMs;
  }

  /** In the order of time, right before left, then by key (J5). Gives the time of the last row, -1 without rows. */
  #emitRows(outlet: UnmatchedOutlet, headers: Headers): number {
    const store = this.#store;
    const { beforeMs, afterMs, graceMs } = this.#options.windows;
    const leftEndMs = this.#streamTimeMs - afterMs - graceMs;
    const rightEndMs = this.#streamTimeMs - beforeMs - graceMs;
    let lastMs = -1;
    for (;;) {
      const leftMs = store.oldestMs(true);
      const rightMs = store.oldestMs(false);
      const isLeftOver = leftMs < leftEndMs;
      const isRightOver = rightMs < rightEndMs;
      if (!isLeftOver && !isRightOver) return lastMs;
      const isLeft = isLeftOver && (!isRightOver || leftMs < rightMs);
      const row = store.oldest(isLeft);
      emitRow(row, outlet, headers);
      store.remove(row.key, row.timestampMs, isLeft);
      lastMs = Math.max(lastMs, row.timestampMs);
    }
  }
}

function emitRow(
  { key, timestampMs, isLeft, values }: UnmatchedRow<unknown, unknown, unknown>,
  { context, join }: UnmatchedOutlet,
  headers: Headers,
): void {
  for (const value of values) {
    const result = isLeft ? join(value, null, key) : join(null, value, key);
    context.emit(new StreamRecord(key, result, timestampMs, headers));
  }
}
