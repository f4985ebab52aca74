import {
  StreamRecord,
  type JoinWindows,
  type NodeContext,
  type Processor,
  type ProcessorSupplier,
  type WindowStore,
} from "../model/index.js";
import type { StreamStreamJoiner } from "./stream-stream-join.js";
import { UndefinedResultError } from "./undefined-result-error.js";

export interface StreamSelfJoinOptions<K, V, R> {
  readonly windows: JoinWindows;
  readonly joiner: StreamStreamJoiner<K, V, V, R>;
  /** Name of the one window store. */
  readonly store: string;
}

class StreamSelfJoin<K, V, R> implements Processor<K | null, V | null, K, R> {
  readonly #options: StreamSelfJoinOptions<K, V, R>;
  readonly #retentionMs: number;
  #context!: NodeContext;
  #store!: WindowStore<K, V>;
  /** Of this join alone (T2); -1 before the first record, NaN before what an earlier life kept is known. */
  #streamTimeMs = NaN;

  constructor(options: StreamSelfJoinOptions<K, V, R>) {
    const { beforeMs, afterMs, graceMs } = options.windows;
    this.#options = options;
    this.#retentionMs = beforeMs + afterMs + graceMs;
  }

  init(context: NodeContext): void {
    this.#context = context;
    this.#store = context.getStateStore<WindowStore<K, V>>(this.#options.store);
  }

  process(record: StreamRecord<K | null, V | null>): void {
    const { key, value, timestamp } = record;
    if (key === null || value === null) {
      this.#context.dropRecord("a null key or a null value cannot be joined");
      return;
    }
    this.#advance(timestamp);
    const { beforeMs, afterMs } = this.#options.windows;
    const self = new StreamRecord(key, this.#join(value, value, key), timestamp, record.headers);
    this.#emitAsLeft(self, value, timestamp - beforeMs, timestamp + afterMs);
    const isSelfOut = this.#emitAsRight(self, value, timestamp - afterMs, timestamp + beforeMs);
    if (!isSelfOut) this.#emitSelf(self);
  }

  #emitAsLeft(self: StreamRecord<K, R>, value: V, fromMs: number, toMs: number): void {
    const others = this.#store.fetch(self.key, Math.max(0, fromMs), Math.max(0, toMs));
    for (let next = others.next(); next.done !== true; next = others.next()) {
      this.#emitPair(self, this.#join(value, next.value.value, self.key), next.value.key);
    }
  }

  /** The record with itself comes before the first pair of a later time. Gives whether it has come. */
  #emitAsRight(self: StreamRecord<K, R>, value: V, fromMs: number, toMs: number): boolean {
    const others = this.#store.fetch(self.key, Math.max(0, fromMs), Math.max(0, toMs));
    let isSelfOut = false;
    for (let next = others.next(); next.done !== true; next = others.next()) {
      const { key: otherMs, value: other } = next.value;
      if (!isSelfOut && otherMs > self.timestamp) isSelfOut = this.#emitSelf(self);
      this.#emitPair(self, this.#join(other, value, self.key), otherMs);
    }
    return isSelfOut;
  }

  /** Too old to be kept: it meets not even itself. */
  #emitSelf(self: StreamRecord<K, R>): boolean {
    if (self.timestamp <= this.#streamTimeMs - this.#retentionMs + 1) return false;
    this.#context.emit(self);
    return true;
  }

  #emitPair(self: StreamRecord<K, R>, result: R, otherMs: number): void {
    const timestamp = Math.max(self.timestamp, otherMs);
    this.#context.emit(new StreamRecord<unknown, unknown>(self.key, result, timestamp, self.headers));
  }

  #advance(timestampMs: number): void {
    const context = this.#context;
    if (Number.isNaN(this.#streamTimeMs)) this.#streamTimeMs = context.keptTimeMs(context.nodeName) ?? -1;
    if (timestampMs <= this.#streamTimeMs) return;
    this.#streamTimeMs = timestampMs;
    context.keepTimeMs(context.nodeName, timestampMs);
  }

  #join(left: V, right: V, key: K): R {
    const result = this.#options.joiner(left, right, key, this.#context.recordContext);
    if (result === undefined) throw new UndefinedResultError(this.#context.nodeName, "joiner");
    return result;
  }
}

/**
 * Joins a stream with itself from one store (J7): the pairs of the general join, in an order of its own.
 *
 * ```text
 * beforeMs = afterMs = 5
 * stream  a=V1@0   a=V2@3
 * result  V1+V1@0  V2+V1@3, V1+V2@3, V2+V2@3
 * ```
 */
export function streamSelfJoin<K, V, R>(
  options: StreamSelfJoinOptions<K, V, R>,
): ProcessorSupplier<K | null, V | null, K, R> {
  return { get: () => new StreamSelfJoin(options) };
}
