import { Change, StreamRecord } from "../model/index.js";
import type { FlushListener, Headers, NodeContext, Windowed } from "../model/index.js";

/** The side of a windowed aggregate's store that hands on what its cache held back. */
export interface FlushingStore<K, V> {
  onFlush(listener: FlushListener<Windowed<K>, V>, sendOldValues: boolean): boolean;
}

/** Which updates of a windowed aggregate go downstream, and with what time. */
export interface WindowedForwarding {
  readonly sendOldValues: boolean;
  /** Only results of closed windows go downstream (W5): `forward` does nothing. */
  readonly onClose: boolean;
  /** Results carry the end of their window (sessions, T5) instead of the time given. */
  readonly atWindowEnd: boolean;
}

/** Hands a windowed aggregate's updates downstream: at once, or when the store's cache lets go of them (A4). */
export class WindowedForwarder<K, V> {
  /** False: `forward` does nothing. */
  readonly immediate: boolean;
  /** True: `forward` wants to know the value before. */
  readonly needsOldValue: boolean;
  readonly #context: NodeContext;
  readonly #forwarding: WindowedForwarding;

  constructor(context: NodeContext, store: FlushingStore<K, V>, forwarding: WindowedForwarding) {
    const { sendOldValues, onClose } = forwarding;
    this.#context = context;
    this.#forwarding = forwarding;
    this.immediate = !onClose && !this.#listen(store);
    this.needsOldValue = sendOldValues && this.immediate;
  }

  /** `headers` are those of the record that led to the update. */
  // eslint-disable-next-line max-params -- no object per update on the hot path
  forward(key: Windowed<K>, newValue: V | null, oldValue: V | null, timestamp: number, headers: Headers): void {
    if (this.immediate) this.#emit(key, newValue, oldValue, timestamp, headers);
  }

  /** The result of a closed window; nobody downstream has seen one before. */
  forwardFinal(key: Windowed<K>, value: V, timestamp: number, headers: Headers): void {
    this.#emit(key, value, null, timestamp, headers);
  }

  #listen(store: FlushingStore<K, V>): boolean {
    // eslint-disable-next-line max-params -- the store's contract
    return store.onFlush((key, newValue, oldValue, timestamp, headers) => {
      this.#emit(key, newValue, oldValue, timestamp, headers);
    }, this.#forwarding.sendOldValues);
  }

  // eslint-disable-next-line max-params -- no object per update on the hot path
  #emit(key: Windowed<K>, newValue: V | null, oldValue: V | null, timestamp: number, headers: Headers): void {
    const { sendOldValues, atWindowEnd } = this.#forwarding;
    const change = new Change(newValue, sendOldValues ? oldValue : null);
    const time = atWindowEnd ? key.endMs : timestamp;
    this.#context.emit(new StreamRecord<unknown, unknown>(key, change, time, headers));
  }
}
