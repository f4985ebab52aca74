import {
  Windowed,
  type Change,
  type Headers,
  type KeptTime,
  type NodeContext,
  type Processor,
  type ProcessorSupplier,
  type SlidingWindows,
  type StreamRecord,
  type ValueAndTimestamp,
  type WindowTableStore,
} from "../model/index.js";
import type { ClosedWindows, WindowEmitter } from "./closed-windows.js";
import { added, initialOf, type WindowAggregateOptions } from "./window-fold.js";
import type { WindowedForwarder } from "./windowed-forwarder.js";
import { windowedParts } from "./windowed-parts.js";

export interface StreamSlidingAggregateOptions<K, V, A> extends WindowAggregateOptions<K, V, A> {
  readonly windows: SlidingWindows;
}

/** The record at hand, and what the windows around it told. */
class Neighbourhood<K, V, A> {
  readonly record: StreamRecord<K, V>;
  readonly key: K;
  readonly timestamp: number;
  readonly closeMs: number;
  /** The window [ts - difference, ts] is there. */
  leftExists = false;
  /** The window that begins right behind the record is there. */
  rightExists = false;
  /** The newest window before the left one, which begins with what that holds; null: none. */
  before: ValueAndTimestamp<A> | null = null;
  beforeStartMs = -1;
  /** A window that holds records behind this one, as it was before; null: none. */
  right: ValueAndTimestamp<A> | null = null;
  /** Time of the newest record before this one, as far as its windows tell; -1: none. */
  previousMs = -1;
  /** Starts of the windows seen. */
  readonly startsMs: number[] = [];

  constructor(record: StreamRecord<K, V>, closeMs: number) {
    this.record = record;
    this.key = record.key;
    this.timestamp = record.timestamp;
    this.closeMs = closeMs;
  }
}

class StreamSlidingAggregate<K, V, A> implements Processor<K | null, V | null, Windowed<K>, Change<A>>, WindowEmitter {
  readonly #options: StreamSlidingAggregateOptions<K, V, A>;
  readonly #differenceMs: number;
  #context!: NodeContext;
  #store!: WindowTableStore<K, A>;
  #forwarder!: WindowedForwarder<K, A>;
  #closed: ClosedWindows | null = null;
  #observed!: KeptTime;

  constructor(options: StreamSlidingAggregateOptions<K, V, A>) {
    this.#options = options;
    this.#differenceMs = options.windows.timeDifferenceMs;
  }

  init(context: NodeContext): void {
    const parts = windowedParts<K, A, WindowTableStore<K, A>>(context, this.#options, this, { atWindowEnd: false });
    this.#context = context;
    this.#store = parts.store;
    this.#forwarder = parts.forwarder;
    this.#closed = parts.closed;
    this.#observed = parts.observed;
  }

  process(record: StreamRecord<K | null, V | null>): void {
    const { key, value, timestamp } = record;
    if (key === null || value === null) {
      this.#context.dropRecord("a null key or a null value cannot be aggregated");
      return;
    }
    if (timestamp > this.#observed.timeMs) this.#observed.timeMs = timestamp;
    const byStreamTimeMs = this.#observed.timeMs - this.#options.windows.graceMs;
    const closeMs = this.#closed === null ? byStreamTimeMs : this.#closed.closeTimeMs(byStreamTimeMs);
    if (timestamp + this.#differenceMs < closeMs) {
      this.#context.dropRecord("its windows have closed");
      return;
    }
    const around = new Neighbourhood<K, V, A>(record as StreamRecord<K, V>, closeMs);
    if (timestamp < this.#differenceMs) {
      this.#processEarly(around);
      return;
    }
    if (this.#updateExisting(around)) this.#createMissing(around);
    this.#closed?.recordProcessed(closeMs, record.headers);
  }

  emitClosed(fromMs: number, toMs: number, headers: Headers): boolean {
    const lastStartMs = toMs - this.#differenceMs - 1;
    if (lastStartMs < 0) return false;
    for (const { key, value } of this.#store.fetchAll(this.#firstOpenStart(fromMs), lastStartMs)) {
      this.#forwarder.forwardFinal(key, value.value, value.timestamp, headers);
    }
    return true;
  }

  emitOpen(fromMs: number, headers: Headers): number {
    let closeMs = -1;
    for (const { key, value } of this.#store.fetchAll(this.#firstOpenStart(fromMs), Number.MAX_SAFE_INTEGER)) {
      closeMs = Math.max(closeMs, key.endMs + 1);
      this.#forwarder.forwardFinal(key, value.value, value.timestamp, headers);
    }
    return closeMs;
  }

  /** Goes back through the windows around the record, updates those it falls into; false when no other can be missing. */
  #updateExisting(around: Neighbourhood<K, V, A>): boolean {
    const { key, timestamp } = around;
    const difference = this.#differenceMs;
    const earliestMs = Math.max(0, timestamp - 2 * difference);
    for (const { key: startMs, value: row } of this.#store.backwardFetch(key, earliestMs, timestamp + 1)) {
      around.startsMs.push(startMs);
      const endMs = startMs + difference;
      if (startMs === timestamp + 1) {
        around.rightExists = true;
      } else if (endMs > timestamp) {
        around.right ??= this.#copyOf(key, startMs, row);
        this.#update(around, startMs, row, startMs);
      } else if (endMs === timestamp) {
        around.leftExists = true;
        const newestMs = row.timestamp;
        this.#update(around, startMs, row, startMs);
        if (newestMs >= timestamp) return false;
        around.previousMs = newestMs;
      } else {
        around.before = row;
        around.beforeStartMs = startMs;
        around.previousMs = row.timestamp;
        break;
      }
    }
    return true;
  }

  #createMissing(around: Neighbourhood<K, V, A>): void {
    const { timestamp, previousMs } = around;
    const difference = this.#differenceMs;
    const previousRightMs = previousMs + 1;
    if (previousMs >= 0 && !around.startsMs.includes(previousRightMs) && previousRightMs + difference >= timestamp) {
      this.#create(around, previousRightMs);
    }
    if (!around.leftExists) this.#createLeft(around);
    this.#createRight(around);
  }

  #createLeft(around: Neighbourhood<K, V, A>): void {
    const { timestamp, previousMs, before, beforeStartMs } = around;
    const startMs = timestamp - this.#differenceMs;
    if (before === null || previousMs < startMs) this.#create(around, startMs);
    else this.#update(around, startMs, { value: before.value, timestamp }, beforeStartMs);
  }

  /** The window behind the record begins with what a window around it held before. */
  #createRight({ key, timestamp, record, right, rightExists }: Neighbourhood<K, V, A>): void {
    if (rightExists || right === null || right.timestamp <= timestamp) return;
    const startMs = timestamp + 1;
    this.#store.write(key, startMs, right.value, right.timestamp);
    this.#forward(record, startMs, right.value, null, right.timestamp);
  }

  /** Records younger than the difference share the window [0, difference] as their left one. */
  #processEarly(around: Neighbourhood<K, V, A>): void {
    const { key, timestamp } = around;
    let combined: ValueAndTimestamp<A> | null = null;
    for (const { key: startMs, value: row } of this.#store.fetch(key, 0, timestamp + 1)) {
      around.startsMs.push(startMs);
      if (startMs === 0) {
        combined = row;
        if (row.timestamp < timestamp) around.previousMs = row.timestamp;
      } else if (startMs <= timestamp) {
        around.right = this.#copyOf(key, startMs, row);
        this.#update(around, startMs, row, startMs);
      } else {
        around.rightExists = true;
      }
    }
    if (around.right === null && combined !== null && combined.timestamp > timestamp) {
      around.right = this.#copyOf(key, 0, combined);
    }
    this.#createRight(around);
    const previousRightMs = around.previousMs + 1;
    if (around.previousMs >= 0 && !around.startsMs.includes(previousRightMs)) this.#create(around, previousRightMs);
    if (combined === null) this.#create(around, 0);
    else this.#update(around, 0, combined, 0);
  }

  #create(around: Neighbourhood<K, V, A>, startMs: number): void {
    const value = initialOf(this.#options, this.#context.nodeName);
    this.#update(around, startMs, { value, timestamp: around.timestamp }, -1);
  }

  /** Adds the record to a window that holds `row`, which was read from the window at `readAtMs` (-1: made by the initializer). */
  #update(around: Neighbourhood<K, V, A>, startMs: number, row: ValueAndTimestamp<A>, readAtMs: number): void {
    if (startMs + this.#differenceMs < around.closeMs) {
      this.#context.dropRecord("its window has closed");
      return;
    }
    const { key, record } = around;
    const { nodeName, recordContext } = this.#context;
    const oldValue = this.#forwarder.needsOldValue ? this.#readAnew(key, readAtMs) : null;
    const after = added(this.#options, key, record.value, row.value, nodeName, recordContext);
    const timestamp = Math.max(record.timestamp, row.timestamp);
    this.#store.write(key, startMs, after, timestamp);
    this.#forward(record, startMs, after, oldValue, timestamp);
  }

  // eslint-disable-next-line max-params -- no object per update on the hot path
  #forward(
    record: StreamRecord<K, V>,
    startMs: number,
    newValue: A | null,
    oldValue: A | null,
    timestamp: number,
  ): void {
    if (!this.#forwarder.immediate) return;
    const window = new Windowed(record.key, startMs, startMs + this.#differenceMs);
    this.#forwarder.forward(window, newValue, oldValue, timestamp, record.headers);
  }

  /** A value that the aggregator will not change: it is about to be handed the one in `row`. */
  #copyOf(key: K, startMs: number, row: ValueAndTimestamp<A>): ValueAndTimestamp<A> {
    return typeof row.value === "object" ? (this.#store.get(key, startMs) ?? row) : row;
  }

  #readAnew(key: K, startMs: number): A | null {
    if (startMs < 0) return initialOf(this.#options, this.#context.nodeName);
    return this.#store.get(key, startMs)?.value ?? null;
  }

  /** Start of the first window that close time `fromMs` left open. */
  #firstOpenStart(fromMs: number): number {
    return fromMs < 0 ? 0 : Math.max(0, fromMs - this.#differenceMs);
  }
}

/**
 * Aggregates by key and sliding window (W3), both ends inclusive. A record updates every window it falls into, and makes
 * the window that ends with it, the one behind the record before it and, if later records are there, the one behind
 * itself. Null keys and values are dropped and counted (T7), and so are records older than the difference and the grace.
 */
export function streamSlidingAggregate<K, V, A>(
  options: StreamSlidingAggregateOptions<K, V, A>,
): ProcessorSupplier<K | null, V | null, Windowed<K>, Change<A>> {
  return { get: () => new StreamSlidingAggregate(options) };
}
