import { noHeaders, type Headers, type KeptTime, type NodeContext } from "../model/index.js";
import { WallClockClose } from "./wall-clock-close.js";

/** How results of closed windows go downstream (W5). */
export interface EmitOnCloseOptions {
  /** Wall-clock time between two looks for closed windows. */
  readonly emitIntervalMs: number;
  /** Wall-clock time without input after which all open windows close; null: they wait for input. */
  readonly closeAfterMs: number | null;
}

/** The windows of one aggregate's store, as {@link ClosedWindows} sees them. */
export interface WindowEmitter {
  /** Emits the windows that close when the close time moves from `fromMs` (-1: from nowhere) to `toMs`; false when none can. */
  emitClosed(fromMs: number, toMs: number, headers: Headers): boolean;
  /** Emits the windows that `fromMs` has not closed; gives the close time that closes them all, -1 if there are none. */
  emitOpen(fromMs: number, headers: Headers): number;
}

/**
 * Emits windows once, when they close (W5): by stream time as records come, at most once per interval of the wall clock;
 * and, where asked for, by the wall clock when no records come. The close time of what was emitted last is kept with the
 * committed offsets (T3), under the store's name as in Kafka Streams, so that a restart emits nothing twice.
 */
export class ClosedWindows {
  readonly #context: NodeContext;
  readonly #emitted: KeptTime;
  readonly #options: EmitOnCloseOptions;
  readonly #emitter: WindowEmitter;
  readonly #idle: WallClockClose | null;
  #nextEmitMs = Number.NEGATIVE_INFINITY;

  constructor(context: NodeContext, storeName: string, options: EmitOnCloseOptions, emitter: WindowEmitter) {
    this.#context = context;
    this.#emitted = context.keptTime(storeName);
    this.#options = options;
    this.#emitter = emitter;
    const { closeAfterMs } = options;
    this.#idle = closeAfterMs === null ? null : new WallClockClose(context, closeAfterMs, () => this.#closeAll());
  }

  /**
   * The close time that holds for a record, given the one by stream time. What the wall clock closed stays closed: its
   * results are out.
   */
  closeTimeMs(byStreamTimeMs: number): number {
    return this.#idle === null ? byStreamTimeMs : Math.max(byStreamTimeMs, this.#emitted.timeMs);
  }

  /** Call after each record, late ones included. */
  recordProcessed(closeTimeMs: number, headers: Headers): void {
    this.#idle?.touch();
    const { emitIntervalMs } = this.#options;
    if (emitIntervalMs > 0) {
      const nowMs = this.#context.currentSystemTimeMs();
      if (nowMs < this.#nextEmitMs) return;
      this.#nextEmitMs = nowMs + emitIntervalMs;
    }
    const emitted = this.#emitted;
    if (emitted.timeMs >= 0 && closeTimeMs <= emitted.timeMs) return;
    if (this.#emitter.emitClosed(emitted.timeMs, closeTimeMs, headers)) emitted.timeMs = closeTimeMs;
  }

  #closeAll(): void {
    const emitted = this.#emitted;
    const closeTimeMs = this.#emitter.emitOpen(emitted.timeMs, noHeaders);
    if (closeTimeMs > emitted.timeMs) emitted.timeMs = closeTimeMs;
  }
}
