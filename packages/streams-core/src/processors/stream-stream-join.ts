import {
  StreamRecord,
  type JoinWindows,
  type NodeContext,
  type Processor,
  type ProcessorSupplier,
  type RecordContext,
  type StateStore,
  type UnmatchedStore,
  type WindowStore,
} from "../model/index.js";
import { UndefinedResultError } from "./undefined-result-error.js";
import { UnmatchedEmitter, type UnmatchedEmission, type UnmatchedOutlet } from "./unmatched-emitter.js";

/** Makes a result of two records; null stands for the one that never came. */
export type StreamStreamJoiner<K, L, R, V> = (left: L | null, right: R | null, key: K, context: RecordContext) => V;

export interface StreamStreamJoinOptions<K, L, R, V> {
  readonly windows: JoinWindows;
  readonly joiner: StreamStreamJoiner<K, L, R, V>;
  /** Names of the window stores of both sides. */
  readonly leftStore: string;
  readonly rightStore: string;
  /** Name of the store of unmatched records; null in an inner join. */
  readonly unmatchedStore: string | null;
  readonly emission: UnmatchedEmission;
  /** Whether left (right) records go on that meet nobody. */
  readonly isLeftOuter: boolean;
  readonly isRightOuter: boolean;
}

/** The emitter of a task's store: both sides of the join use the same. */
type EmitterOf = (store: UnmatchedStore<unknown, unknown, unknown>) => UnmatchedEmitter;

class StreamStreamJoin<K, L, R, V> implements Processor<K | null, L | R | null, K | null, V> {
  readonly #options: StreamStreamJoinOptions<K, L, R, V>;
  readonly #isLeft: boolean;
  readonly #isOuter: boolean;
  readonly #lookBackMs: number;
  readonly #lookAheadMs: number;
  readonly #emitterOf: EmitterOf;
  #context!: NodeContext;
  #others!: WindowStore<K, L | R>;
  #unmatched: UnmatchedStore<unknown, unknown, unknown> | null = null;
  #emitter: UnmatchedEmitter | null = null;
  #outlet!: UnmatchedOutlet;

  constructor(options: StreamStreamJoinOptions<K, L, R, V>, isLeft: boolean, emitterOf: EmitterOf) {
    const { beforeMs, afterMs } = options.windows;
    this.#options = options;
    this.#isLeft = isLeft;
    this.#isOuter = isLeft ? options.isLeftOuter : options.isRightOuter;
    this.#lookBackMs = isLeft ? beforeMs : afterMs;
    this.#lookAheadMs = isLeft ? afterMs : beforeMs;
    this.#emitterOf = emitterOf;
  }

  init(context: NodeContext): void {
    const { leftStore, rightStore, unmatchedStore } = this.#options;
    this.#context = context;
    this.#others = context.getStateStore<WindowStore<K, L | R>>(this.#isLeft ? rightStore : leftStore);
    const join = (left: unknown, right: unknown, key: unknown): V => this.#join(left as L, right as R, key as K);
    this.#outlet = { context, join, lookAheadMs: this.#lookAheadMs };
    if (unmatchedStore === null) return;
    this.#unmatched = context.getStateStore<UnmatchedStore<unknown, unknown, unknown>>(unmatchedStore);
    this.#emitter = this.#emitterOf(this.#unmatched);
  }

  process(record: StreamRecord<K | null, L | R | null>): void {
    const { key, value, timestamp } = record;
    const emitter = this.#emitter;
    emitter?.advance(timestamp, this.#context);
    if (value === null || (key === null && !this.#isOuter)) {
      this.#context.dropRecord("a null key or a null value cannot be joined");
      return;
    }
    if (key === null) {
      this.#emitAlone(record, value);
      return;
    }
    if (emitter !== null && timestamp === emitter.streamTimeMs) emitter.emitExpired(this.#outlet, record.headers);
    if (!this.#emitMatches(record, key, value) && this.#isOuter) this.#keepUnmatched(record, key, value);
  }

  /** Whether there were any. */
  #emitMatches(record: StreamRecord<K | null, L | R | null>, key: K, value: L | R): boolean {
    const { timestamp } = record;
    const isLeft = this.#isLeft;
    const fromMs = Math.max(0, timestamp - this.#lookBackMs);
    const toMs = Math.max(0, timestamp + this.#lookAheadMs);
    const others = this.#others.fetch(key, fromMs, toMs);
    let isMatched = false;
    for (let next = others.next(); next.done !== true; next = others.next()) {
      const { key: otherMs, value: other } = next.value;
      isMatched = true;
      this.#unmatched?.remove(key, otherMs, !isLeft);
      const result = isLeft ? this.#join(value as L, other as R, key) : this.#join(other as L, value as R, key);
      this.#context.emit(new StreamRecord<unknown, unknown>(key, result, Math.max(timestamp, otherMs), record.headers));
    }
    return isMatched;
  }

  // J4: out of order, so that nobody can come any more.
  #keepUnmatched(record: StreamRecord<K | null, L | R | null>, key: K, value: L | R): void {
    const { timestamp } = record;
    const emitter = this.#emitter!;
    if (Math.max(0, timestamp + this.#lookAheadMs) < emitter.streamTimeMs) {
      this.#emitAlone(record, value);
      return;
    }
    emitter.added(timestamp);
    this.#unmatched!.add(key, timestamp, this.#isLeft, value);
  }

  #emitAlone(record: StreamRecord<K | null, L | R | null>, value: L | R): void {
    const key = record.key as K;
    const result = this.#isLeft ? this.#join(value as L, null, key) : this.#join(null, value as R, key);
    this.#context.emit(new StreamRecord<unknown, unknown>(key, result, record.timestamp, record.headers));
  }

  #join(left: L | null, right: R | null, key: K): V {
    const result = this.#options.joiner(left, right, key, this.#context.recordContext);
    if (result === undefined) throw new UndefinedResultError(this.#context.nodeName, "joiner");
    return result;
  }
}

/** The processors of both sides. */
export interface StreamStreamJoinSides<K, L, R, V> {
  readonly left: ProcessorSupplier<K | null, L | R | null, K | null, V>;
  readonly right: ProcessorSupplier<K | null, L | R | null, K | null, V>;
}

/**
 * Joins two streams: records of one key whose times are no further apart than the windows say, each pair once, when the
 * later one arrives (J1). There is no check for late records but the stores' retention (J2). In a left or outer join a
 * record that met nobody goes on alone, once nobody can come any more (J3).
 *
 * ```text
 * afterMs = beforeMs = 10
 * left   a=L1@0        b=L2@5               b=L3@30
 * right         a=R1@3          c=R2@8
 * inner         L1+R1@3
 * left          L1+R1@3                     L2+null@5
 * outer         L1+R1@3                     L2+null@5, null+R2@8
 * ```
 */
export function streamStreamJoin<K, L, R, V>(
  options: StreamStreamJoinOptions<K, L, R, V>,
): StreamStreamJoinSides<K, L, R, V> {
  const emitters = new WeakMap<StateStore, UnmatchedEmitter>();
  const emitterOf: EmitterOf = (store) => {
    let emitter = emitters.get(store);
    if (emitter === undefined) {
      emitter = new UnmatchedEmitter(store, { ...options.emission, windows: options.windows });
      emitters.set(store, emitter);
    }
    return emitter;
  };
  return {
    left: { get: () => new StreamStreamJoin(options, true, emitterOf) },
    right: { get: () => new StreamStreamJoin(options, false, emitterOf) },
  };
}
