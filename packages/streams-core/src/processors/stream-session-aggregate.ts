import {
  noHeaders,
  Windowed,
  type Change,
  type Headers,
  type KeptTime,
  type KeyValue,
  type NodeContext,
  type Processor,
  type ProcessorSupplier,
  type SessionTableStore,
  type SessionWindows,
  type StreamRecord,
} from "../model/index.js";
import type { ClosedWindows, WindowEmitter } from "./closed-windows.js";
import { UndefinedResultError } from "./undefined-result-error.js";
import { added, initialOf, type SessionMerger, type WindowAggregateOptions } from "./window-fold.js";
import type { WindowedForwarder } from "./windowed-forwarder.js";
import { windowedParts } from "./windowed-parts.js";

export interface StreamSessionAggregateOptions<K, V, A> extends WindowAggregateOptions<K, V, A> {
  readonly windows: SessionWindows;
  readonly merge: SessionMerger<K, A>;
}

type Session<K, A> = KeyValue<Windowed<K>, A>;

class StreamSessionAggregate<K, V, A> implements Processor<K | null, V, Windowed<K>, Change<A>>, WindowEmitter {
  readonly #options: StreamSessionAggregateOptions<K, V, A>;
  #context!: NodeContext;
  #store!: SessionTableStore<K, A>;
  #forwarder!: WindowedForwarder<K, A>;
  #closed: ClosedWindows | null = null;
  #observed!: KeptTime;

  constructor(options: StreamSessionAggregateOptions<K, V, A>) {
    this.#options = options;
  }

  init(context: NodeContext): void {
    const parts = windowedParts<K, A, SessionTableStore<K, A>>(context, this.#options, this, { atWindowEnd: true });
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
    const { inactivityGapMs, graceMs } = this.#options.windows;
    if (timestamp > this.#observed.timeMs) this.#observed.timeMs = timestamp;
    const byStreamTimeMs = this.#observed.timeMs - graceMs - inactivityGapMs;
    const closeMs = this.#closed === null ? byStreamTimeMs : this.#closed.closeTimeMs(byStreamTimeMs);
    // Sessions that the wall clock closed are not reopened: their results are out.
    const earliestEndMs =
      closeMs > byStreamTimeMs ? Math.max(closeMs, timestamp - inactivityGapMs) : timestamp - inactivityGapMs;
    this.#merge(record, key, earliestEndMs, closeMs);
    this.#closed?.recordProcessed(closeMs, record.headers);
  }

  emitClosed(fromMs: number, toMs: number, headers: Headers): boolean {
    const lastEndMs = toMs - 1;
    if (lastEndMs < 0 || lastEndMs < fromMs) return false;
    for (const { key, value } of this.#store.sessionsEnding(Math.max(0, fromMs), lastEndMs)) {
      this.#forwarder.forwardFinal(key, value, key.endMs, headers);
    }
    return true;
  }

  emitOpen(fromMs: number, headers: Headers): number {
    let closeMs = -1;
    for (const { key, value } of this.#store.sessionsEnding(Math.max(0, fromMs), Number.MAX_SAFE_INTEGER)) {
      closeMs = Math.max(closeMs, key.endMs + 1);
      this.#forwarder.forwardFinal(key, value, key.endMs, headers);
    }
    return closeMs;
  }

  #merge(record: StreamRecord<K | null, V>, key: K, earliestEndMs: number, closeMs: number): void {
    const { timestamp } = record;
    const { nodeName, recordContext } = this.#context;
    let startMs = timestamp;
    let endMs = timestamp;
    let aggregate = initialOf(this.#options, nodeName);
    let sessions: Session<K, A>[] | null = null;
    const latestStartMs = timestamp + this.#options.windows.inactivityGapMs;
    for (const session of this.#store.findSessions(key, earliestEndMs, latestStartMs)) {
      (sessions ??= []).push(session);
      aggregate = this.#merged(key, aggregate, session.value);
      startMs = Math.min(startMs, session.key.startMs);
      endMs = Math.max(endMs, session.key.endMs);
    }
    if (endMs < closeMs) {
      this.#context.dropRecord("its session has closed");
      return;
    }
    if (sessions !== null && startMs !== endMs) for (const session of sessions) this.#remove(session);
    const after = added(this.#options, key, record.value, aggregate, nodeName, recordContext);
    const window = new Windowed(key, startMs, endMs);
    this.#store.put(window, after);
    this.#forwarder.forward(window, after, null, endMs, noHeaders);
  }

  #merged(key: K, left: A, right: A): A {
    const aggregate = this.#options.merge(key, left, right, this.#context.recordContext);
    if (aggregate === undefined) throw new UndefinedResultError(this.#context.nodeName, "session merger");
    return aggregate;
  }

  #remove({ key: session }: Session<K, A>): void {
    const { key, startMs, endMs } = session;
    // Decoded anew: the merger may have changed the one it was handed.
    const oldValue = this.#forwarder.needsOldValue ? this.#store.get(key, startMs, endMs) : null;
    this.#store.remove(session);
    this.#forwarder.forward(session, null, oldValue, endMs, noHeaders);
  }
}

/**
 * Aggregates by key and session (W4). A record that comes within the gap of sessions makes them one: each absorbed
 * session is deleted, downstream too, before the merged one goes out. Late is judged by the end of the merged session.
 * Null keys are dropped and counted, null values are aggregated (T7); results carry the session's end and no headers.
 */
export function streamSessionAggregate<K, V, A>(
  options: StreamSessionAggregateOptions<K, V, A>,
): ProcessorSupplier<K | null, V, Windowed<K>, Change<A>> {
  return { get: () => new StreamSessionAggregate(options) };
}
