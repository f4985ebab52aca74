import { ChangesOverflowError } from "../queries/query-errors.js";
import type { ChangesOverflow, StoreChange } from "./store-change.js";

type Change = StoreChange<unknown, unknown>;

export interface ChangeBufferOptions {
  readonly store: string;
  readonly bufferMax: number;
  readonly overflow: ChangesOverflow;
  /** The same text for equal keys. */
  readonly identityOf: (key: unknown) => string;
  readonly onDropped: (count: number) => void;
}

/** Changes that wait, no more of them than may. */
export class ChangeBuffer {
  readonly #options: ChangeBufferOptions;
  #changes: Change[] = [];
  /** By key, for "latestPerKey". */
  #latest = new Map<string, Change>();

  constructor(options: ChangeBufferOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#changes.length + this.#latest.size;
  }

  /** Throws ChangesOverflowError. */
  add(change: Change): void {
    const { overflow, bufferMax, identityOf, onDropped, store } = this.#options;
    if (overflow === "latestPerKey") {
      const identity = `${change.partition} ${identityOf(change.key)}`;
      // What comes last is told last.
      this.#latest.delete(identity);
      this.#latest.set(identity, change);
    } else {
      this.#changes.push(change);
    }
    if (this.size <= bufferMax) return;
    if (overflow !== "dropOldest") throw new ChangesOverflowError(store, bufferMax);
    // Many at once: taking the first of a long list away costs as much as taking half of it.
    const dropped = Math.ceil(bufferMax / 2);
    this.#changes = this.#changes.slice(dropped);
    onDropped(dropped);
  }

  /** All of them, oldest first; none is left. */
  take(): readonly Change[] {
    const taken = this.#options.overflow === "latestPerKey" ? [...this.#latest.values()] : this.#changes;
    this.#changes = [];
    this.#latest = new Map();
    return taken;
  }
}
