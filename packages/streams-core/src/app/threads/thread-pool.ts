import { Deferred, sleep, type Environment } from "@millrace/kernel";
import { AppClosedError, AppStateError } from "../app-errors.js";
import type { AppEvents, AppWork, GroupMembership } from "../app-life.js";
import type { WorkerInfo } from "../worker-pool.js";
import type { AppThreadHandle, ThreadEvents } from "./app-thread-handle.js";
import type { ThreadAnswer, ThreadQuestions } from "./thread-messages.js";

export interface ThreadPoolOptions {
  /** Starts thread number `index`. */
  readonly make: (index: number, events: ThreadEvents, paused: boolean) => AppThreadHandle;
  /** How many run from the start. */
  readonly count: number;
  readonly events: AppEvents;
  /** Asked about a thread that has failed: true puts another one in its place. */
  readonly mayReplace: (error: unknown) => boolean;
  readonly environment: Environment;
}

interface Slot {
  readonly index: number;
  readonly started: Deferred<void>;
  readonly ended: Deferred<void>;
  thread: AppThreadHandle;
  leaving: boolean;
  /** Failures in a row without having run in between. */
  failures: number;
}

const FAILURES_MAX = 10;
const RETRY_DELAY_MS = 100;

/** The threads of one app: starts them, replaces those that fail, ends them together. */
export class ThreadPool implements AppWork {
  readonly #options: ThreadPoolOptions;
  readonly #done = new Deferred<void>();
  readonly #stopped = new AbortController();
  #slots: readonly Slot[] = [];
  #paused = false;
  #membership: GroupMembership | null = null;
  #failure: { readonly error: unknown } | null = null;

  constructor(options: ThreadPoolOptions) {
    this.#options = options;
  }

  infos(): readonly WorkerInfo[] {
    return this.#slots.map(({ index, thread }) => ({
      index,
      state: thread.state === "RUNNING" ? "RUNNING" : "REBALANCING",
      tasks: thread.tasks,
    }));
  }

  /** Runs the threads, and those added later, until `stop()` or a failure; rejects with the failure. All have ended then. */
  async run(): Promise<void> {
    try {
      for (let started = 0; started < this.#options.count; started++) this.#add();
    } catch (error) {
      this.#fail(error);
    }
    await this.#done.promise;
  }

  /** Resolves when the new thread runs what the group gave it; rejects with AppClosedError when that does not come to be. */
  async add(): Promise<void> {
    const slot = this.#add();
    this.#options.events.onRebalancing();
    await slot.started.promise;
  }

  /** Ends the thread added last. Throws AppStateError when it is the only one. */
  async remove(): Promise<void> {
    const slot = this.#slots.at(-1);
    if (slot === undefined || this.#slots.length === 1) {
      throw new AppStateError("The app has no worker to spare. Close it, or pause it.");
    }
    slot.leaving = true;
    slot.thread.tell({ kind: "close", groupMembership: "leave" });
    await slot.ended.promise;
  }

  pause(): void {
    this.#paused = true;
    for (const { thread } of this.#slots) thread.tell({ kind: "pause" });
  }

  resume(): void {
    this.#paused = false;
    for (const { thread } of this.#slots) thread.tell({ kind: "resume" });
  }

  /** Ends `run` soon. */
  stop(groupMembership: GroupMembership | null): void {
    if (this.#stopped.signal.aborted) return;
    this.#membership = groupMembership;
    this.#stopped.abort();
    for (const { thread } of this.#slots) thread.tell({ kind: "close", groupMembership });
    if (this.#slots.length === 0) this.#end();
  }

  /** The process may end while threads still run. */
  release(): void {
    for (const { thread } of this.#slots) thread.release();
  }

  /** As every thread answers, with its number. */
  async ask<K extends keyof ThreadQuestions>(
    kind: K,
    what: ThreadQuestions[K]["ask"] = {},
  ): Promise<readonly (readonly [number, ThreadAnswer<K>])[]> {
    return Promise.all(this.#slots.map(async ({ index, thread }) => [index, await thread.ask(kind, what)] as const));
  }

  /** Those that run now. */
  get threads(): readonly AppThreadHandle[] {
    return this.#slots.map(({ thread }) => thread);
  }

  #add(): Slot {
    const taken = new Set(this.#slots.map(({ index }) => index));
    let index = 0;
    while (taken.has(index)) index++;
    const slot: Slot = {
      ...{ index, started: new Deferred<void>(), ended: new Deferred<void>() },
      ...{ thread: this.#thread(index), leaving: false, failures: 0 },
    };
    slot.started.promise.catch(() => undefined);
    this.#slots = [...this.#slots, slot].sort((a, b) => a.index - b.index);
    void this.#follow(slot);
    return slot;
  }

  #thread(index: number): AppThreadHandle {
    const { events, make } = this.#options;
    return make(index, { ...events, onState: () => this.#observe(index) }, this.#paused);
  }

  /** To the thread's end, and on with the one that replaces it. */
  async #follow(slot: Slot): Promise<void> {
    for (;;) {
      try {
        await slot.thread.ended;
        break;
      } catch (error) {
        if (!(await this.#replaced(slot, error))) break;
      }
    }
    this.#slots = this.#slots.filter((other) => other !== slot);
    slot.started.reject(new AppClosedError("The worker was stopped before it was running."));
    slot.ended.resolve();
    if (this.#slots.length > 0) this.#announce();
    else if (this.#stopped.signal.aborted) this.#end();
  }

  async #replaced(slot: Slot, error: unknown): Promise<boolean> {
    const { events, environment, mayReplace } = this.#options;
    const { signal } = this.#stopped;
    if (signal.aborted || slot.leaving) {
      environment.logger.warn("A thread of the app failed while it was closed.", { thread: slot.index, error });
      return false;
    }
    if (slot.failures++ >= FAILURES_MAX || !mayReplace(error)) {
      this.#fail(error);
      return false;
    }
    events.onError(error);
    events.onRebalancing();
    try {
      await sleep(environment.scheduler, RETRY_DELAY_MS * slot.failures, signal);
      slot.thread = this.#thread(slot.index);
      return true;
    } catch (cause) {
      if (!signal.aborted) this.#fail(cause);
      return false;
    }
  }

  #fail(error: unknown): void {
    if (this.#failure !== null) return;
    this.#failure = { error };
    this.#options.events.onFailure(error);
    this.stop(this.#membership);
  }

  #observe(index: number): void {
    const slot = this.#slots.find((candidate) => candidate.index === index);
    if (slot?.thread.state === "RUNNING") {
      slot.failures = 0;
      slot.started.resolve();
      this.#announce();
    } else this.#options.events.onRebalancing();
  }

  #announce(): void {
    if (this.#stopped.signal.aborted) return;
    if (this.#slots.every(({ thread }) => thread.state === "RUNNING")) this.#options.events.onRunning();
  }

  #end(): void {
    if (this.#failure === null) this.#done.resolve();
    else this.#done.reject(this.#failure.error);
  }
}
