import type {
  AsyncWork,
  NodeContext,
  Processor,
  ProcessorSupplier,
  RecordContext,
  RecordOrigin,
} from "../../model/index.js";
import { StreamRecord } from "../../model/index.js";
import { AsyncCall } from "./async-call.js";
import { longestWaitMs, type AsyncSettings } from "./async-options.js";
import { callOrder, type CallOrder, type Ordered } from "./call-order.js";

/** What a callback of an asynchronous verb sees of its record. Stays valid, unlike that of other verbs. */
export interface AsyncRecordContext extends RecordContext {
  /** Aborts when the try is given up: its time is over, or the task goes away. */
  readonly signal: AbortSignal;
}

/** What an asynchronous verb does with a record, and with what its call gave. */
export interface AsyncVerb<K, V, R> {
  call(record: StreamRecord<K, V>, context: AsyncRecordContext): PromiseLike<R> | R;
  /** Throws for a result that makes no sense. */
  forward(
    record: StreamRecord<K, V>,
    result: R,
    emit: (record: StreamRecord<unknown, unknown>) => void,
    nodeName: string,
  ): void;
}

/** A record from `process` until its result has gone downstream. */
class PendingRecord<K, V, R> implements Ordered {
  readonly record: StreamRecord<K, V>;
  readonly origin: RecordOrigin;
  readonly topic: string;
  readonly partition: number;
  readonly key: K;
  ended = false;
  failed = false;
  result: R | undefined = undefined;
  error: unknown = null;

  constructor(record: StreamRecord<K, V>, origin: RecordOrigin) {
    this.record = record;
    this.origin = origin;
    this.topic = origin.topic;
    this.partition = origin.partition;
    this.key = record.key;
  }
}

class AsyncOperator<K, V, R> implements Processor<K, V> {
  readonly #verb: AsyncVerb<K, V, R>;
  readonly #settings: AsyncSettings;
  readonly #order: CallOrder<PendingRecord<K, V, R>>;
  readonly #calls = new Set<AsyncCall<R>>();
  #context!: NodeContext;
  #work!: AsyncWork;
  #pending = 0;
  #deliveryAsked = false;

  constructor(verb: AsyncVerb<K, V, R>, settings: AsyncSettings) {
    this.#verb = verb;
    this.#settings = settings;
    this.#order = callOrder(settings.order);
  }

  init(context: NodeContext): void {
    this.#context = context;
    this.#work = context.asyncWork();
  }

  process(record: StreamRecord<K, V>): void {
    const origin = this.#context.origin();
    // What outlives `process` must not be a view on a buffer that is used again.
    const own = new StreamRecord(ownBytes(record.key), ownBytes(record.value), record.timestamp, origin.headers);
    this.#work.addPending(1);
    if (++this.#pending === this.#settings.concurrency) this.#work.addBusy(1);
    this.#order.add(new PendingRecord<K, V, R>(own, origin));
    this.#callMore();
  }

  /** Gives up what is on its way: it was not committed, and is read again. */
  close(): void {
    for (const call of this.#calls) call.cancel();
    this.#calls.clear();
  }

  #callMore(): void {
    while (this.#calls.size < this.#settings.concurrency) {
      const pending = this.#order.takeStartable();
      if (pending === null) return;
      this.#call(pending);
    }
  }

  #call(pending: PendingRecord<K, V, R>): void {
    const { record, origin } = pending;
    const { topic, partition, offset } = origin;
    const { timestamp, headers } = record;
    const call = new AsyncCall<R>({
      nodeName: this.#context.nodeName,
      settings: this.#settings,
      work: this.#work,
      invoke: (signal) => this.#verb.call(record, { topic, partition, offset, timestamp, headers, signal }),
      ended: (result, error, failed) => {
        this.#calls.delete(call);
        Object.assign(pending, { result, error, failed, ended: true });
        this.#order.ended(pending);
        this.#callMore();
        this.#deliverSoon();
      },
    });
    this.#calls.add(call);
    call.start();
  }

  #deliverSoon(): void {
    if (this.#deliveryAsked) return;
    this.#deliveryAsked = true;
    this.#work.deliverSoon(this.#deliver);
  }

  readonly #deliver = (): void => {
    this.#deliveryAsked = false;
    for (let next = this.#order.takeDeliverable(); next !== null; next = this.#order.takeDeliverable()) {
      this.#work.addPending(-1);
      if (this.#pending-- === this.#settings.concurrency) this.#work.addBusy(-1);
      this.#forward(next);
    }
  };

  #forward({ record, origin, result, error, failed }: PendingRecord<K, V, R>): void {
    const context = this.#context;
    if (failed) return context.failFrom(origin, error);
    const results: StreamRecord<unknown, unknown>[] = [];
    try {
      this.#verb.forward(record, result as R, (out) => results.push(out), context.nodeName);
    } catch (wrong) {
      return context.failFrom(origin, wrong);
    }
    for (const out of results) context.emitFrom(origin, out);
  }
}

function ownBytes<T>(value: T): T {
  return value instanceof Uint8Array ? (new Uint8Array(value) as T & Uint8Array) : value;
}

/** Calls `verb` for each record, several at a time, and forwards what comes of it in the order asked for. */
export function asyncOperator<K, V, R>(verb: AsyncVerb<K, V, R>, settings: AsyncSettings): ProcessorSupplier<K, V> {
  return { get: () => new AsyncOperator(verb, settings), longestWaitMs: longestWaitMs(settings) };
}
