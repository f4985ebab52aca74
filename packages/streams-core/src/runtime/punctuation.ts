import { InvalidArgumentError, type Cancellable, type PunctuationOptions } from "../model/index.js";
import { MinHeap, type Ranked } from "./min-heap.js";

/** Runs a punctuator's callback inside its node. */
export type PunctuationRunner = (
  nodeName: string,
  callback: (timestampMs: number) => void,
  timestampMs: number,
) => void;

class Schedule implements Ranked, Cancellable {
  rank: number;
  readonly nodeName: string;
  readonly intervalMs: number;
  readonly callback: (timestampMs: number) => void;
  cancelled = false;

  constructor(firstMs: number, nodeName: string, intervalMs: number, callback: (timestampMs: number) => void) {
    this.rank = firstMs;
    this.nodeName = nodeName;
    this.intervalMs = intervalMs;
    this.callback = callback;
  }

  cancel(): void {
    this.cancelled = true;
  }

  /** The next time on the grid after `nowMs`: missed ones are not made up (P1). */
  advance(nowMs: number): void {
    const nextMs = this.rank + this.intervalMs;
    this.rank =
      nowMs < nextMs ? nextMs : this.rank + (Math.floor((nowMs - this.rank) / this.intervalMs) + 1) * this.intervalMs;
  }
}

/** Punctuators of one kind of time. */
export class PunctuationQueue {
  /** When the next one is due; Infinity when there is none. */
  nextMs = Infinity;
  private readonly heap = new MinHeap<Schedule>();

  add(schedule: Schedule): void {
    this.heap.offer(schedule);
    this.nextMs = this.heap.peek()!.rank;
  }

  /** Fires what is due, each once. */
  run(nowMs: number, runner: PunctuationRunner): boolean {
    let fired = false;
    for (let top = this.heap.peek(); top !== null && top.rank <= nowMs; top = this.heap.peek()) {
      this.heap.poll();
      if (top.cancelled) continue;
      runner(top.nodeName, top.callback, nowMs);
      fired = true;
      top.advance(nowMs);
      if (!top.cancelled) this.heap.offer(top);
    }
    this.nextMs = this.heap.peek()?.rank ?? Infinity;
    return fired;
  }

  clear(): void {
    this.heap.clear();
    this.nextMs = Infinity;
  }
}

/** The punctuators of a task (P1). */
export class Punctuations {
  readonly streamTime = new PunctuationQueue();
  readonly wallClock = new PunctuationQueue();

  /** Stream time is aligned to 0 and due with the first record; wall clock first one interval from `nowMs`; both to `startMs` if given (KIP-1146). */
  schedule(
    nodeName: string,
    options: PunctuationOptions,
    nowMs: number,
    callback: (timestampMs: number) => void,
  ): Cancellable {
    const { intervalMs, type, startMs } = options;
    if (!(intervalMs >= 1)) {
      throw new InvalidArgumentError(`Processor ${nodeName}: intervalMs is ${intervalMs}, it must be at least 1 ms.`);
    }
    if (startMs !== undefined && !(startMs >= 0)) {
      throw new InvalidArgumentError(`Processor ${nodeName}: startMs is ${startMs}, it must not be negative.`);
    }
    if (type === "stream-time") {
      const schedule = new Schedule(startMs ?? 0, nodeName, intervalMs, callback);
      this.streamTime.add(schedule);
      return schedule;
    }
    const schedule = new Schedule(firstWallClock(startMs, intervalMs, nowMs), nodeName, intervalMs, callback);
    this.wallClock.add(schedule);
    return schedule;
  }

  clear(): void {
    this.streamTime.clear();
    this.wallClock.clear();
  }
}

function firstWallClock(startMs: number | undefined, intervalMs: number, nowMs: number): number {
  if (startMs === undefined) return nowMs + intervalMs;
  if (startMs >= nowMs) return startMs;
  return startMs + (Math.floor((nowMs - startMs) / intervalMs) + 1) * intervalMs;
}
