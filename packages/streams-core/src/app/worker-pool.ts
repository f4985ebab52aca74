import { Deferred } from "@millrace/kernel";
import type { WorkerBudget, WorkerEvents } from "../runtime/worker-options.js";
import type { Worker } from "../runtime/worker.js";
import { AppClosedError, AppStateError } from "./app-errors.js";

/** A worker as an app shows it. */
export interface WorkerInfo {
  /** Its number: the lowest one that was free when it was added. */
  readonly index: number;
  /** REBALANCING: it waits for the group, or restores. */
  readonly state: "REBALANCING" | "RUNNING";
  /** Names of its tasks, such as `0_3`. */
  readonly tasks: readonly string[];
}

export interface WorkerPoolOptions {
  /** Makes worker number `index`; `budget` is its share of the memory for now. */
  readonly make: (index: number, events: WorkerEvents, budget: WorkerBudget) => Worker;
  readonly events: WorkerEvents;
  /** Of all workers together (R16). */
  readonly budget: WorkerBudget;
}

interface Slot {
  readonly index: number;
  readonly worker: Worker;
  readonly started: Deferred<void>;
  readonly ended: Deferred<void>;
  running: boolean;
}

/** The workers of one app: members of its group with tasks and producers of their own, on one event loop. */
export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #done = new Deferred<void>();
  #slots: readonly Slot[] = [];
  #paused = false;
  #stopping = false;
  #failure: { readonly error: unknown } | null = null;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
  }

  get workers(): readonly Worker[] {
    return this.#slots.map(({ worker }) => worker);
  }

  infos(): readonly WorkerInfo[] {
    return this.#slots.map(({ index, running, worker }) => ({
      index,
      state: running ? "RUNNING" : "REBALANCING",
      tasks: worker.tasks.tasks.map(({ name }) => name),
    }));
  }

  /** Runs `count` workers, and those added later, until `stop()` or a failure; rejects with the failure. All have ended then. */
  async run(count: number): Promise<void> {
    const slots = Array.from({ length: count }, () => this.#add());
    for (const slot of slots) this.#start(slot);
    await this.#done.promise;
  }

  /** Resolves when the new worker runs what the group gave it; rejects with AppClosedError when that does not come to be. */
  async add(): Promise<void> {
    const slot = this.#add();
    this.#options.events.onRebalancing();
    this.#start(slot);
    await slot.started.promise;
  }

  /** Ends the worker added last: it commits, and the others get its tasks. Throws AppStateError when it is the only one. */
  async remove(): Promise<void> {
    const slot = this.#slots.at(-1);
    if (slot === undefined || this.#slots.length === 1) {
      throw new AppStateError("The app has no worker to spare. Close it, or pause it.");
    }
    slot.worker.stop(true);
    await slot.ended.promise;
  }

  pause(): void {
    this.#paused = true;
    for (const worker of this.workers) worker.pause();
  }

  resume(): void {
    this.#paused = false;
    for (const worker of this.workers) worker.resume();
  }

  /** Ends `run` soon. `leave`: whether the group is told; by default it is, except of static members. */
  stop(leave?: boolean): void {
    this.#stopping = true;
    for (const worker of this.workers) worker.stop(leave);
    if (this.#slots.length === 0) this.#end();
  }

  /** Resolves when nothing is left to do in the topics of all workers' tasks: what one produces for another included. */
  async caughtUp(): Promise<void> {
    let before = -1;
    for (let now = this.#activity(); now !== before; now = this.#activity()) {
      before = now;
      await Promise.all(this.workers.map((worker) => worker.caughtUp()));
    }
  }

  #activity(): number {
    return this.workers.reduce((sum, worker) => sum + worker.activity, 0);
  }

  #add(): Slot {
    const taken = new Set(this.#slots.map(({ index }) => index));
    let index = 0;
    while (taken.has(index)) index++;
    const { events, make } = this.#options;
    const worker = make(
      index,
      {
        ...events,
        onRunning: () => {
          slot.running = true;
          slot.started.resolve();
          this.#announce();
        },
        onRebalancing: () => {
          slot.running = false;
          events.onRebalancing();
        },
      },
      this.#share(this.#slots.length + 1),
    );
    const slot: Slot = { index, worker, started: new Deferred(), ended: new Deferred(), running: false };
    // Who does not wait for a worker to start hears of its failure from the app.
    slot.started.promise.catch(() => undefined);
    if (this.#paused) worker.pause();
    this.#slots = [...this.#slots, slot].sort((a, b) => a.index - b.index);
    this.#shareOut();
    return slot;
  }

  #start(slot: Slot): void {
    slot.worker.run().then(
      () => this.#ended(slot),
      (error: unknown) => {
        this.#failure ??= { error };
        this.stop();
        this.#ended(slot);
      },
    );
  }

  #ended(slot: Slot): void {
    this.#slots = this.#slots.filter((other) => other !== slot);
    slot.started.reject(new AppClosedError("The worker was stopped before it was running."));
    slot.ended.resolve();
    if (this.#slots.length > 0) {
      this.#shareOut();
      this.#announce();
    } else if (this.#stopping) this.#end();
  }

  #end(): void {
    if (this.#failure === null) this.#done.resolve();
    else this.#done.reject(this.#failure.error);
  }

  #announce(): void {
    if (!this.#stopping && this.#slots.every(({ running }) => running)) this.#options.events.onRunning();
  }

  #shareOut(): void {
    const share = this.#share(this.#slots.length);
    for (const worker of this.workers) worker.setBudget(share);
  }

  #share(workers: number): WorkerBudget {
    const { cacheMaxBytes, overlayMaxBytes } = this.#options.budget;
    return {
      cacheMaxBytes: Math.floor(cacheMaxBytes / workers),
      overlayMaxBytes: Math.floor(overlayMaxBytes / workers),
    };
  }
}
