import {
  Windowed,
  type Change,
  type Headers,
  type KeptTime,
  type NodeContext,
  type Processor,
  type ProcessorSupplier,
  type StreamRecord,
  type TimeWindows,
  type UnlimitedWindows,
  type WindowTableStore,
} from "../model/index.js";
import type { ClosedWindows, WindowEmitter } from "./closed-windows.js";
import { added, initialOf, type WindowAggregateOptions } from "./window-fold.js";
import type { WindowedForwarder } from "./windowed-forwarder.js";
import { windowedParts } from "./windowed-parts.js";

export interface StreamWindowAggregateOptions<K, V, A> extends WindowAggregateOptions<K, V, A> {
  readonly windows: TimeWindows | UnlimitedWindows;
}

class StreamWindowAggregate<K, V, A> implements Processor<K | null, V, Windowed<K>, Change<A>>, WindowEmitter {
  readonly #options: StreamWindowAggregateOptions<K, V, A>;
  readonly #graceMs: number;
  readonly #sizeMs: number;
  #context!: NodeContext;
  #store!: WindowTableStore<K, A>;
  #forwarder!: WindowedForwarder<K, A>;
  #closed: ClosedWindows | null = null;
  #observed!: KeptTime;

  constructor(options: StreamWindowAggregateOptions<K, V, A>) {
    const { windows } = options;
    this.#options = options;
    this.#graceMs = windows.kind === "time" ? windows.graceMs : 0;
    this.#sizeMs = windows.kind === "time" ? windows.sizeMs : Number.POSITIVE_INFINITY;
  }

  init(context: NodeContext): void {
    const parts = windowedParts<K, A, WindowTableStore<K, A>>(context, this.#options, this, { atWindowEnd: false });
    this.#context = context;
    this.#store = parts.store;
    this.#forwarder = parts.forwarder;
    this.#closed = parts.closed;
    this.#observed = parts.observed;
  }

  process(record: StreamRecord<K | null, V>): void {
    const { key, timestamp } = record;
    if (key === null) {
      this.#context.dropRecord("a null key cannot be aggregated");
      return;
    }
    if (timestamp > this.#observed.timeMs) this.#observed.timeMs = timestamp;
    const byStreamTimeMs = this.#observed.timeMs - this.#graceMs;
    const closeMs = this.#closed === null ? byStreamTimeMs : this.#closed.closeTimeMs(byStreamTimeMs);
    const { windows } = this.#options;
    if (windows.kind === "unlimited") {
      if (timestamp >= windows.startMs) this.#update(record, key, windows.startMs);
    } else {
      this.#updateEach(record, key, windows, closeMs);
    }
    this.#closed?.recordProcessed(closeMs, record.headers);
  }

  emitClosed(fromMs: number, toMs: number, headers: Headers): boolean {
    const size = this.#sizeMs;
    const lastStartMs = toMs - size;
    if (lastStartMs < 0) return false;
    for (const { key, value } of this.#store.fetchAll(this.#firstOpenStart(fromMs), lastStartMs)) {
      this.#forwarder.forwardFinal(key, value.value, value.timestamp, headers);
    }
    return true;
  }

  emitOpen(fromMs: number, headers: Headers): number {
    let closeMs = -1;
    for (const { key, value } of this.#store.fetchAll(this.#firstOpenStart(fromMs), Number.MAX_SAFE_INTEGER)) {
      closeMs = Math.max(closeMs, key.endMs);
      this.#forwarder.forwardFinal(key, value.value, value.timestamp, headers);
    }
    return closeMs;
  }

  #updateEach(record: StreamRecord<K | null, V>, key: K, { sizeMs, advanceMs }: TimeWindows, closeMs: number): void {
    const { timestamp } = record;
    const firstMs = Math.floor(Math.max(0, timestamp - sizeMs + advanceMs) / advanceMs) * advanceMs;
    for (let startMs = firstMs; startMs <= timestamp; startMs += advanceMs) {
      if (startMs + sizeMs > closeMs) this.#update(record, key, startMs);
      else this.#context.dropRecord("its window has closed");
    }
  }

  #update(record: StreamRecord<K | null, V>, key: K, startMs: number): void {
    const { nodeName, recordContext } = this.#context;
    const row = this.#store.get(key, startMs);
    const timestamp = row === null ? record.timestamp : Math.max(record.timestamp, row.timestamp);
    const before = row === null ? initialOf(this.#options, nodeName) : row.value;
    const after = added(this.#options, key, record.value, before, nodeName, recordContext);
    const oldValue = this.#oldValue(key, startMs, row === null);
    this.#store.write(key, startMs, after, timestamp);
    if (!this.#forwarder.immediate) return;
    const window = new Windowed(key, startMs, startMs + this.#sizeMs);
    this.#forwarder.forward(window, after, oldValue, timestamp, record.headers);
  }

  // Decoded anew, because the aggregator may have changed the value it was handed. Without a row Kafka Streams' old
  // value is what the initializer gives.
  #oldValue(key: K, startMs: number, isNew: boolean): A | null {
    if (!this.#forwarder.needsOldValue) return null;
    return isNew ? initialOf(this.#options, this.#context.nodeName) : this.#store.get(key, startMs)!.value;
  }

  /** Start of the first window that close time `fromMs` left open. */
  #firstOpenStart(fromMs: number): number {
    return fromMs < 0 ? 0 : Math.max(0, fromMs - this.#sizeMs) + 1;
  }
}

/**
 * Aggregates by key and window of fixed size (W1). Late is judged window by window: a record may update one and be
 * dropped, and counted, for another. Null keys are dropped and counted; null values are aggregated (T7).
 */
export function streamWindowAggregate<K, V, A>(
  options: StreamWindowAggregateOptions<K, V, A>,
): ProcessorSupplier<K | null, V, Windowed<K>, Change<A>> {
  return { get: () => new StreamWindowAggregate(options) };
}
