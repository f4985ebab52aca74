import type { Clock, Counter, Environment, RecentValues } from "@millrace/kernel";
import type { TaskState } from "@millrace/state-stores";
import { Measures } from "./measures.js";

export interface TaskMeasuresOptions {
  readonly taskId: string;
  readonly environment: Environment;
  readonly bufferedRecords: () => number;
  readonly cacheBytes: () => number;
  /** The states of the task's stores by name, and all of them once. */
  readonly stores: ReadonlyMap<string, TaskState>;
}

/** What is measured of one task, a turn at a time: nothing here is called for each record. */
export class TaskMeasures {
  readonly #clock: Clock;
  readonly #measures: Measures;
  readonly #stores: Measures;
  readonly #processed: Counter;
  readonly #punctuated: Counter;
  readonly #process: RecentValues;
  readonly #punctuate: RecentValues;
  readonly #lateness: RecentValues;
  readonly #endToEnd: RecentValues;

  constructor({ taskId, environment, bufferedRecords, cacheBytes, stores }: TaskMeasuresOptions) {
    const { metrics, clock } = environment;
    const tags = { task: taskId };
    this.#clock = clock;
    this.#processed = metrics.counter("stream-task", "process-total", tags);
    this.#punctuated = metrics.counter("stream-task", "punctuate-total", tags);
    const measures = new Measures(environment, "stream-task", tags);
    this.#process = measures.times("process", ["rate", "latency-avg", "latency-max", "ratio"]);
    this.#punctuate = measures.times("punctuate", ["rate", "latency-avg", "latency-max"]);
    this.#lateness = measures.values("record-lateness");
    this.#endToEnd = measures.values("record-e2e-latency");
    measures.gauge("active-buffer-count", bufferedRecords);
    measures.gauge("cache-size-bytes-total", cacheBytes);
    const states = new Set(stores.values());
    measures.gauge("num-open-iterators", () => sum(states, (state) => state.openIterators));
    measures.gauge("overlay-bytes", () => sum(states, (state) => state.overlayBytes));
    this.#measures = measures;
    this.#stores = new Measures(environment, "stream-store", tags);
    for (const [store, state] of stores) {
      this.#stores.gauge("num-keys", () => state.store(store).approximateCount(), { store });
    }
  }

  nowMs(): number {
    return this.#clock.monotonicMs();
  }

  /** A turn that took `count` records and began at `startMs`. */
  processed(count: number, startMs: number): void {
    const nowMs = this.#clock.monotonicMs();
    const tookMs = nowMs - startMs;
    this.#processed.add(count);
    this.#process.add(count, tookMs, tookMs / count, nowMs);
  }

  /** What `count` records of a turn lagged behind the stream time: sum and greatest. */
  late(count: number, sumMs: number, greatestMs: number): void {
    if (count > 0) this.#lateness.add(count, sumMs, greatestMs, this.#clock.monotonicMs());
  }

  /** The timestamps of `count` records of a turn: their sum. */
  taken(count: number, sumMs: number): void {
    if (count === 0) return;
    const ageMs = Math.max(0, this.#clock.nowMs() - sumMs / count);
    this.#endToEnd.add(count, count * ageMs, ageMs, this.#clock.monotonicMs());
  }

  /** `count` punctuators fired, from `startMs` on. */
  punctuated(count: number, startMs: number): void {
    if (count === 0) return;
    const nowMs = this.#clock.monotonicMs();
    const tookMs = nowMs - startMs;
    this.#punctuated.add(count);
    this.#punctuate.add(count, tookMs, tookMs / count, nowMs);
  }

  close(): void {
    this.#measures.close();
    this.#stores.close();
  }
}

function sum(states: Iterable<TaskState>, of: (state: TaskState) => number): number {
  let total = 0;
  for (const state of states) total += of(state);
  return total;
}
