import { Deferred } from "@millrace/kernel";

/** One flush: waits for the batches that were there when it began. */
export class FlushWait {
  readonly #done = new Deferred<void>();
  #remaining = 0;
  #error: Error | null = null;

  add(): void {
    this.#remaining++;
  }

  /** One of its batches is acknowledged, or has failed. */
  settled(error: Error | null): void {
    this.#error ??= error;
    if (--this.#remaining === 0) this.#finish();
  }

  /** Resolves when all its batches are settled; rejects with the first failure among them. */
  wait(): Promise<void> {
    if (this.#remaining === 0) this.#finish();
    return this.#done.promise;
  }

  #finish(): void {
    if (this.#error === null) this.#done.resolve();
    else this.#done.reject(this.#error);
  }
}
