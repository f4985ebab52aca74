import {
  InvalidArgumentError,
  type RecordContext,
  type SessionWindows,
  type SlidingWindows,
  type TimeWindows,
  type UnlimitedWindows,
  type Windowed,
} from "../model/index.js";
import type { AggregationWindows, EmitOnClose, Windowing } from "../plan/index.js";
import type { KTable } from "./k-table.js";
import type { StreamGroup } from "./stream-group.js";
import type { EmitOptions, WindowedMaterialized } from "./windowed-options.js";
import type {
  SessionAggregateOptions,
  SessionWindowedKStream,
  TimeWindowedKStream,
  WindowedAggregateOptions,
} from "./windowed-stream.js";

const EMIT_INTERVAL_MS = 1000;

function requireWallClockTime(name: string, timeMs: number, leastMs: number): void {
  if (Number.isSafeInteger(timeMs) && timeMs >= leastMs) return;
  throw new InvalidArgumentError(
    `${name} is ${timeMs}, it must be a whole number of milliseconds of at least ${leastMs}.`,
  );
}

/** Throws InvalidArgumentError where the options make no sense, alone or with these windows. */
function emitOnClose(windows: AggregationWindows, options: EmitOptions): EmitOnClose | null {
  const { emit = "onWindowUpdate", emitIntervalMs = EMIT_INTERVAL_MS, closeAfterMs } = options;
  if (emit === "onWindowUpdate") {
    if (options.emitIntervalMs === undefined && closeAfterMs === undefined) return null;
    throw new InvalidArgumentError(
      `emitIntervalMs and closeAfterMs are for emit: "onWindowClose". Add it or leave them out.`,
    );
  }
  if (windows.kind === "unlimited") {
    throw new InvalidArgumentError("An unlimited window never closes: it cannot be emitted on close.");
  }
  requireWallClockTime("emitIntervalMs", emitIntervalMs, 0);
  if (closeAfterMs !== undefined) requireWallClockTime("closeAfterMs", closeAfterMs, 1);
  return Object.freeze({ emitIntervalMs, closeAfterMs: closeAfterMs ?? null });
}

/** TimeWindowedKStream and SessionWindowedKStream over plan nodes. */
class WindowedHandle<K, V> implements SessionWindowedKStream<K, V> {
  readonly #group: StreamGroup;
  readonly #windows: AggregationWindows;
  readonly #onClose: EmitOnClose | null;

  constructor(group: StreamGroup, windows: AggregationWindows, options: EmitOptions) {
    this.#group = group;
    this.#windows = windows;
    this.#onClose = emitOnClose(windows, options);
  }

  count(options: WindowedMaterialized<K, number> = {}): KTable<Windowed<K>, number> {
    return this.#group.fold({ kind: "count" }, options, this.#windowing(null));
  }

  reduce(
    reducer: (aggregate: V, value: V, context: RecordContext) => V | null,
    options: WindowedMaterialized<K, V> = {},
  ): KTable<Windowed<K>, V> {
    return this.#group.fold({ kind: "reduce", reduce: reducer }, options, this.#windowing(null));
  }

  aggregate<A>(
    options: WindowedAggregateOptions<K, V, A> & Partial<SessionAggregateOptions<K, V, A>>,
  ): KTable<Windowed<K>, A> {
    const { init, add, merge } = options;
    if (this.#windows.kind === "session" && merge === undefined) throw missingMerge();
    return this.#group.fold({ kind: "aggregate", init, add }, options, this.#windowing(merge ?? null));
  }

  #windowing(merge: Windowing["merge"]): Windowing {
    return Object.freeze({ windows: this.#windows, merge, onClose: this.#onClose });
  }
}

/** For callers without types. */
export function missingMerge(): InvalidArgumentError {
  return new InvalidArgumentError(
    "Aggregating sessions takes `merge`, which makes the aggregates of two sessions one.",
  );
}

/** The group by windows; which verbs it has follows from their kind. */
export function windowedStream<K, V>(
  group: StreamGroup,
  windows: TimeWindows | SlidingWindows | UnlimitedWindows | SessionWindows,
  options: EmitOptions,
): TimeWindowedKStream<K, V> & SessionWindowedKStream<K, V> {
  return new WindowedHandle<K, V>(group, windows, options) as TimeWindowedKStream<K, V> & SessionWindowedKStream<K, V>;
}
