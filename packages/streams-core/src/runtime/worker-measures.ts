import type { Clock, Counter, Environment, RecentValues } from "@millrace/kernel";
import { Measures } from "./measures.js";

/** What is measured of one worker, a turn of its loop at a time. */
export class WorkerMeasures {
  readonly #clock: Clock;
  readonly #measures: Measures;
  readonly #polls: Counter;
  readonly #processed: Counter;
  readonly #commits: Counter;
  readonly #poll: RecentValues;
  readonly #process: RecentValues;
  readonly #commit: RecentValues;
  #commitStartMs: number | null = null;

  constructor(environment: Environment, clientId: string) {
    const { metrics, clock } = environment;
    const tags = { client: clientId };
    this.#clock = clock;
    this.#polls = metrics.counter("stream-worker", "poll-total", tags);
    this.#processed = metrics.counter("stream-worker", "process-total", tags);
    this.#commits = metrics.counter("stream-worker", "commit-total", tags);
    this.#measures = new Measures(environment, "stream-worker", tags);
    this.#poll = this.#measures.times("poll", ["rate", "latency-avg", "latency-max", "ratio"]);
    this.#process = this.#measures.times("process", ["rate", "latency-avg", "latency-max", "ratio"]);
    this.#commit = this.#measures.times("commit", ["rate", "latency-avg", "latency-max"]);
  }

  /** A fetch that began at `startMs`, its wait for records included. */
  polled(startMs: number): void {
    const nowMs = this.#clock.monotonicMs();
    this.#polls.add(1);
    this.#poll.add(1, nowMs - startMs, nowMs - startMs, nowMs);
  }

  /** A turn of all tasks that took `count` records and began at `startMs`. */
  processed(count: number, startMs: number): void {
    const nowMs = this.#clock.monotonicMs();
    const tookMs = nowMs - startMs;
    this.#processed.add(count);
    this.#process.add(count, tookMs, tookMs / count, nowMs);
  }

  /** A commit begins; it may find nothing to do. */
  committing(): void {
    this.#commitStartMs = this.#clock.monotonicMs();
  }

  /** The group has taken the offsets of a commit, be it one that `committing` was told of or one amid a rebalance. */
  committed(): void {
    const nowMs = this.#clock.monotonicMs();
    const tookMs = nowMs - (this.#commitStartMs ?? nowMs);
    this.#commitStartMs = null;
    this.#commits.add(1);
    this.#commit.add(1, tookMs, tookMs, nowMs);
  }

  close(): void {
    this.#measures.close();
  }
}
