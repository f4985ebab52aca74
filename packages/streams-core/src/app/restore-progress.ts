import type { Clock, Logger } from "@millrace/kernel";
import type { RestoreListener, RestoreSubject } from "../runtime/restore-listener.js";
import type { ProgressBar } from "./terminal-bar.js";

export interface RestoreProgressOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Opens the bar that is shown when restoring takes long; null: there is none. */
  readonly openBar: () => Promise<ProgressBar | null>;
}

interface StoreProgress {
  readonly startOffset: number;
  readonly endOffset: number;
  offset: number;
}

const LOG_INTERVAL_MS = 5_000;
/** Shorter restores need no bar. */
const BAR_AFTER_MS = 500;

/** Says how far restoring is: a line in the log every few seconds, one at the end, and a bar on a terminal. */
export class RestoreProgress implements RestoreListener {
  readonly #options: RestoreProgressOptions;
  /** Of the restores since all was complete last. */
  readonly #stores = new Map<string, StoreProgress>();
  readonly #open = new Set<string>();
  #rows = 0;
  #startedMs = 0;
  #loggedMs = 0;
  #bar: ProgressBar | null = null;
  #barAsked = false;

  constructor(options: RestoreProgressOptions) {
    this.#options = options;
  }

  onRestoreStart(subject: RestoreSubject, startOffset: number, endOffset: number): void {
    if (endOffset <= startOffset) return;
    const { clock } = this.#options;
    if (this.#open.size === 0) {
      this.#startedMs = clock.monotonicMs();
      this.#loggedMs = this.#startedMs;
    }
    this.#open.add(nameOf(subject));
    this.#stores.set(nameOf(subject), { startOffset, endOffset, offset: startOffset });
  }

  onRestoreBatch(subject: RestoreSubject, offset: number, restored: number): void {
    const store = this.#stores.get(nameOf(subject));
    if (store === undefined) return;
    store.offset = offset;
    this.#rows += restored;
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs - this.#startedMs >= BAR_AFTER_MS) this.#show();
    if (nowMs - this.#loggedMs < LOG_INTERVAL_MS) return;
    this.#loggedMs = nowMs;
    this.#options.logger.info("Stores are being restored.", this.#fields(nowMs));
  }

  onRestoreEnd(subject: RestoreSubject): void {
    if (!this.#open.delete(nameOf(subject)) || this.#open.size > 0) return;
    const { clock, logger } = this.#options;
    if (this.#rows > 0) logger.info("Restoring stores has ended.", this.#fields(clock.monotonicMs()));
    this.close();
  }

  /** Takes the bar away. */
  close(): void {
    this.#stores.clear();
    this.#open.clear();
    this.#rows = 0;
    this.#bar?.stop();
    this.#bar = null;
    this.#barAsked = false;
  }

  #show(): void {
    if (this.#bar !== null) {
      const { done, total } = this.#sums();
      const details = `${this.#rows.toLocaleString("en")} rows, ${this.#open.size} of ${this.#stores.size} stores to go`;
      this.#bar.update(done, total, details);
    }
    if (this.#barAsked) return;
    this.#barAsked = true;
    void this.#openBar();
  }

  async #openBar(): Promise<void> {
    try {
      const bar = await this.#options.openBar();
      if (this.#open.size > 0 && this.#bar === null) this.#bar = bar;
      else bar?.stop();
    } catch (error) {
      this.#options.logger.debug("The progress bar cannot be shown.", { error });
    }
  }

  #fields(nowMs: number): Readonly<Record<string, unknown>> {
    const elapsedMs = Math.round(nowMs - this.#startedMs);
    const { done, total } = this.#sums();
    return {
      rows: this.#rows,
      stores: this.#stores.size,
      percent: Math.floor((100 * done) / Math.max(1, total)),
      elapsedMs,
      rowsPerSecond: Math.round((this.#rows * 1000) / Math.max(1, elapsedMs)),
    };
  }

  /** Offsets passed and to be passed: rows may be fewer. */
  #sums(): { readonly done: number; readonly total: number } {
    let done = 0;
    let total = 0;
    for (const [name, { startOffset, endOffset, offset }] of this.#stores) {
      total += endOffset - startOffset;
      done += (this.#open.has(name) ? offset : endOffset) - startOffset;
    }
    return { done, total };
  }
}

const nameOf = ({ taskId, store }: RestoreSubject): string => `${taskId} ${store}`;
