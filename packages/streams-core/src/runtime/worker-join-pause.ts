import type { Clock } from "@millrace/kernel";

/** How long a commit waits, at most, for the answer to a join. */
const PAUSE_MS = 1_000;

/**
 * Puts commits off while a join is unanswered: the group may have begun a generation that this member does not know of
 * yet, and what it refuses under exactly-once costs a start-over (under at-least-once the next commit brings it along).
 * Not for long, since others may be slow to join.
 */
export class JoinPause {
  readonly #joining: () => boolean;
  readonly #clock: Clock;
  #sinceMs: number | null = null;

  constructor(joining: () => boolean, clock: Clock) {
    this.#joining = joining;
    this.#clock = clock;
  }

  /** True: do not commit now. */
  get on(): boolean {
    if (!this.#joining()) {
      this.#sinceMs = null;
      return false;
    }
    const nowMs = this.#clock.monotonicMs();
    this.#sinceMs ??= nowMs;
    return nowMs - this.#sinceMs < PAUSE_MS;
  }

  /** A commit was made: the next one waits anew if the join still is not answered. */
  committed(): void {
    this.#sinceMs = null;
  }
}
