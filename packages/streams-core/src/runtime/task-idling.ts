import type { TopicPartition } from "@millrace/kafka-client";
import type { Clock, Counter } from "@millrace/kernel";

export interface TaskIdlingOptions {
  /** -1: never wait; 0: only for what is known to be on the broker; more: also that long for partitions that are caught up. */
  readonly maxTaskIdleMs: number;
  /** Records between position and end; undefined: not known yet. */
  readonly lag: (partition: TopicPartition) => number | undefined;
  readonly clock: Clock;
  /** Counts how often a task went on without a partition it had waited for. */
  readonly enforced: Counter;
}

/** A queue of a partition, as far as waiting for it goes. */
interface Waitable {
  readonly tp: TopicPartition;
  readonly ready: boolean;
}

/** Whether a task that has records of some of its partitions waits for records of the others, which may be older (R3). */
export class TaskIdling {
  readonly #options: TaskIdlingOptions;
  readonly #deadlines = new Map<TopicPartition, number>();
  /** When the wait that `mayTake` found is over, by the monotonic clock; Infinity when none has an end. */
  untilMs = Infinity;

  constructor(options: TaskIdlingOptions) {
    this.#options = options;
  }

  /** False when an empty queue must get its records first. */
  mayTake(queues: Iterable<Waitable>): boolean {
    const { maxTaskIdleMs, lag, clock, enforced } = this.#options;
    this.untilMs = Infinity;
    if (maxTaskIdleMs < 0) return true;
    let overdue = false;
    let waits = false;
    for (const { tp, ready } of queues) {
      if (!ready && lag(tp) === 0) {
        if (maxTaskIdleMs === 0) continue;
        const deadlineMs = this.#deadlineOf(tp);
        if (clock.monotonicMs() >= deadlineMs) overdue = true;
        else {
          waits = true;
          this.untilMs = Math.min(this.untilMs, deadlineMs);
        }
      } else {
        this.#deadlines.delete(tp);
        waits ||= !ready;
      }
    }
    if (overdue && !waits) enforced.add(1);
    return !waits;
  }

  #deadlineOf(tp: TopicPartition): number {
    let deadlineMs = this.#deadlines.get(tp);
    if (deadlineMs === undefined) {
      deadlineMs = this.#options.clock.monotonicMs() + this.#options.maxTaskIdleMs;
      this.#deadlines.set(tp, deadlineMs);
    }
    return deadlineMs;
  }
}
