import {
  StreamRecord,
  type Windowed,
  type Change,
  type NodeContext,
  type Processor,
  type ProcessorSupplier,
  type RecordContext,
  type SuppressedUpdate,
  type SuppressStore,
} from "../model/index.js";
import { SuppressBufferFullError } from "./suppress-buffer-full-error.js";
import { WallClockClose } from "./wall-clock-close.js";

export interface TableSuppressOptions {
  /** Name of the buffer. */
  readonly store: string;
  /** How long after its time an update is let go, by the greatest timestamp this operator has seen. */
  readonly waitMs: number;
  /** True: an update's time is its window's end, and deletions are left out (S2). False: its record's timestamp (S1). */
  readonly byWindowEnd: boolean;
  /** Infinity: no bound. */
  readonly maxRecords: number;
  readonly maxBytes: number;
  readonly onFull: "emitEarly" | "shutDown";
  /** Wall-clock time without input after which everything is let go; null: updates wait for input. */
  readonly closeAfterMs: number | null;
}

class TableSuppress<K, V> implements Processor<K, Change<V>, K, Change<V>> {
  readonly #options: TableSuppressOptions;
  #context!: NodeContext;
  #buffer!: SuppressStore<K, V>;
  #idle: WallClockClose | null = null;
  /** NaN until the first record: what an earlier life of the task has kept is not known before. */
  #streamTimeMs = Number.NaN;

  constructor(options: TableSuppressOptions) {
    this.#options = options;
  }

  init(context: NodeContext): void {
    this.#context = context;
    const { store, closeAfterMs } = this.#options;
    this.#buffer = context.getStateStore<SuppressStore<K, V>>(store);
    if (closeAfterMs !== null) this.#idle = new WallClockClose(context, closeAfterMs, () => this.#letAllGo());
  }

  process(record: StreamRecord<K, Change<V>>): void {
    this.#idle?.touch();
    this.#advance(record.timestamp);
    const timeMs = this.#options.byWindowEnd ? windowEnd(record.key) : record.timestamp;
    if (this.#isClosed(timeMs)) {
      this.#context.dropRecord("the result of its window has been emitted by the wall clock (closeAfterMs).");
    } else {
      this.#buffer.put(record.key, record.value, timeMs, this.#context.recordContext);
    }
    this.#letDueGo();
  }

  #advance(timestampMs: number): void {
    const context = this.#context;
    const { store } = this.#options;
    if (Number.isNaN(this.#streamTimeMs)) this.#streamTimeMs = context.keptTimeMs(store) ?? -1;
    if (timestampMs <= this.#streamTimeMs) return;
    this.#streamTimeMs = timestampMs;
    context.keepTimeMs(store, timestampMs);
  }

  #letDueGo(): void {
    const buffer = this.#buffer;
    const dueMs = this.#streamTimeMs - this.#options.waitMs;
    while (buffer.oldestMs <= dueMs) buffer.evictOldest(this.#emit);
    if (!this.#isFull()) return;
    if (this.#options.onFull === "shutDown") {
      throw new SuppressBufferFullError(this.#context.nodeName, buffer.rowCount, buffer.bytes);
    }
    while (this.#isFull()) buffer.evictOldest(this.#emit);
  }

  #isFull(): boolean {
    const { maxRecords, maxBytes } = this.#options;
    return this.#buffer.rowCount > maxRecords || this.#buffer.bytes > maxBytes;
  }

  readonly #emit: SuppressedUpdate<K, V> = (key: K, change: Change<V>, origin: RecordContext): void => {
    // Of a window nothing was emitted before, so that nobody misses its deletion.
    if (this.#options.byWindowEnd && change.newValue === null) return;
    this.#context.emitFrom(origin, new StreamRecord<unknown, unknown>(key, change, origin.timestamp, origin.headers));
  };

  #letAllGo(): void {
    const buffer = this.#buffer;
    const { store, byWindowEnd } = this.#options;
    const newestMs = buffer.newestMs();
    if (byWindowEnd && newestMs >= 0 && newestMs !== Infinity) this.#context.keepTimeMs(closedName(store), newestMs);
    while (buffer.rowCount > 0) buffer.evictOldest(this.#emit);
  }

  /** A result is final: what the wall clock has closed takes no more updates. */
  #isClosed(timeMs: number): boolean {
    if (this.#idle === null || !this.#options.byWindowEnd) return false;
    return timeMs <= (this.#context.keptTimeMs(closedName(this.#options.store)) ?? -1);
  }
}

/** Under this name the end of the last window that the wall clock has closed is kept. */
function closedName(store: string): string {
  return `${store}-closed`;
}

function windowEnd(key: unknown): number {
  return (key as Windowed<unknown>).endMs;
}

/** Holds a table's updates back until their time has come (S1, S2), or the buffer is full (S3). */
export function tableSuppress<K, V>(options: TableSuppressOptions): ProcessorSupplier<K, Change<V>, K, Change<V>> {
  return { get: () => new TableSuppress<K, V>(options) };
}
