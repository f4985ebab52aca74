import type { Logger } from "@millrace/kernel";

/** A set of listeners; one that throws is logged and does not stop the others. */
export class Listeners<L> {
  readonly #listeners = new Set<{ readonly listener: L }>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  get size(): number {
    return this.#listeners.size;
  }

  /** Returns how to take it away again. */
  add(listener: L): () => void {
    const entry = { listener };
    this.#listeners.add(entry);
    return () => {
      this.#listeners.delete(entry);
    };
  }

  each(call: (listener: L) => void): void {
    for (const { listener } of [...this.#listeners]) {
      try {
        call(listener);
      } catch (error) {
        this.#logger.error("A listener of the app threw an error.", { error });
      }
    }
  }
}
