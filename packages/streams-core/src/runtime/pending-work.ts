/** What goes on behind the back of whoever began it, one thing at a time; a failure waits for whoever asks next. */
export class PendingWork {
  #pending: Promise<void> | null = null;
  #failure: { readonly error: unknown } | null = null;

  get busy(): boolean {
    return this.#pending !== null;
  }

  /** Only when nothing else is under way. */
  begin(work: Promise<unknown>): void {
    this.#pending = work
      .then(
        () => undefined,
        (error: unknown) => {
          this.#failure = { error };
        },
      )
      .finally(() => {
        this.#pending = null;
      });
  }

  /** Resolves when nothing is under way; rejects, once, with what made the last one fail. */
  async settled(): Promise<void> {
    await this.#pending;
    const failure = this.#failure;
    this.#failure = null;
    if (failure !== null) throw failure.error;
  }

  /** Resolves when nothing is under way; a failure is forgotten. */
  async givenUp(): Promise<void> {
    await this.#pending;
    this.#failure = null;
  }
}
