import { availableParallelism } from "node:os";
import { join } from "node:path";
import {
  Deferred,
  systemEnvironment,
  timedOut,
  within,
  type Environment,
  type MetricValue,
  type Timer,
} from "@millrace/kernel";
import type { RestoreListener } from "../../runtime/restore-listener.js";
import { AppClosedError, AppStateError } from "../app-errors.js";
import { memoryDefaults, requireApplicationId, requireWorkers } from "../app-options.js";
import { AppStateMachine, type AppState } from "../app-state.js";
import { Listeners } from "../listeners.js";
import { closeOnSignals } from "../signals.js";
import { deleteThreadStates } from "../state-cleanup.js";
import type { CloseOptions, StateListener } from "../streams-app.js";
import type { WorkerInfo } from "../worker-pool.js";
import type { ThreadedAppOptions } from "./app-module.js";
import { AppThreadHandle, type ThreadEvents } from "./app-thread-handle.js";
import type { CloneableAppOptions } from "./thread-messages.js";
import { ThreadPool } from "./thread-pool.js";

const SIGNAL_CLOSE_TIMEOUT_MS = 10_000;

/** Options that are the handle's own, or are given to threads in another way. */
const notForThreads: ReadonlySet<string> = new Set<keyof ThreadedAppOptions>([
  ...(["workers", "settings", "execArgv", "resourceLimits", "stateDir", "stateCacheBytes"] as const),
  ...(["onUncaughtError", "environment", "handleSignals", "signalCloseTimeoutMs"] as const),
]);

/**
 * An app whose workers are threads, made by `StreamsApp.fromModule`. States, errors and restores of all threads come
 * together here. Stores are read in the threads: they are not within reach of this one.
 */
export class ThreadedApp implements AsyncDisposable {
  readonly #module: string;
  readonly #options: ThreadedAppOptions;
  readonly #environment: Environment;
  readonly #workers: number;
  readonly #machine: AppStateMachine;
  readonly #stateListeners: Listeners<StateListener>;
  readonly #errorListeners: Listeners<(error: unknown) => void>;
  readonly #restoreListeners: Listeners<RestoreListener>;
  readonly #started = new Deferred<void>();
  readonly #pool: ThreadPool;
  #hold: Timer | null = null;
  #paused = false;
  #ended: Promise<void> = Promise.resolve();

  /** Throws AppOptionsError. Starts no thread yet. */
  constructor(module: URL, options: ThreadedAppOptions) {
    const { workers = availableParallelism(), onUncaughtError } = options;
    requireApplicationId(options.applicationId);
    requireWorkers(workers);
    this.#module = module.href;
    this.#options = options;
    this.#workers = workers;
    this.#environment = systemEnvironment(options.environment);
    const { logger } = this.#environment;
    this.#stateListeners = new Listeners(logger);
    this.#errorListeners = new Listeners(logger);
    this.#restoreListeners = new Listeners(logger);
    this.#machine = new AppStateMachine((state, previous) =>
      this.#stateListeners.each((listener) => listener(state, previous)),
    );
    this.#pool = new ThreadPool({
      make: (index, events, paused) => this.#thread(index, events, paused),
      mayReplace: (error) => onUncaughtError?.(error) === "replace-worker",
      environment: this.#environment,
      events: this.#events(),
    });
    this.#started.promise.catch(() => undefined);
  }

  get state(): AppState {
    return this.#machine.state;
  }

  /**
   * Resolves when all threads are RUNNING. Rejects with AppThreadError, whose `code` is that of the failure in the
   * thread, with AppOptionsError when an option cannot cross to another thread, with AppClosedError, and with
   * AppStateError when the app was started before.
   */
  start(): Promise<void> {
    if (this.state !== "CREATED") {
      return Promise.reject(new AppStateError(`The app is ${this.state} and cannot be started. Make another one.`));
    }
    this.#machine.to("REBALANCING");
    this.#ended = this.#live();
    return this.#started.promise;
  }

  /** Closes all threads as `StreamsApp.close` closes one app. True when that was done in time. */
  async close(options: CloseOptions = {}): Promise<boolean> {
    if (this.state === "CREATED") {
      this.#machine.to("PENDING_SHUTDOWN");
      this.#machine.to("NOT_RUNNING");
      return true;
    }
    const { timeoutMs, groupMembership = null } = options;
    if (this.#machine.try("PENDING_SHUTDOWN")) this.#pool.stop(groupMembership);
    if (timeoutMs === undefined) {
      await this.#ended;
      return true;
    }
    const inTime = (await within(this.#environment.scheduler, timeoutMs, this.#ended)) !== timedOut;
    if (!inTime) {
      this.#hold?.cancel();
      this.#pool.release();
    }
    return inTime;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** As `StreamsApp.caughtUp`, for the tasks of all threads. */
  async caughtUp(): Promise<void> {
    this.#requireRunning("asking whether it has caught up");
    let before = -1;
    for (let now = 0; now !== before;) {
      before = now;
      now = (await this.#pool.ask("caught-up")).reduce((sum, [, activity]) => sum + activity, 0);
    }
  }

  /** As `StreamsApp.pause`, in all threads. */
  pause(): void {
    this.#paused = true;
    this.#pool.pause();
  }

  /** Goes on where `pause()` stopped. */
  resume(): void {
    this.#paused = false;
    this.#pool.resume();
  }

  /** Whether `pause()` was called, and `resume()` not since. */
  get isPaused(): boolean {
    return this.#paused;
  }

  /** The threads that run now, by number, with their tasks as of their last change of state. */
  get workers(): readonly WorkerInfo[] {
    return this.#pool.infos();
  }

  /** Adds a thread; resolves when it runs its share of the tasks. Rejects as `StreamsApp.addWorker` does. */
  async addWorker(): Promise<void> {
    this.#requireRunning("adding workers");
    await this.#pool.add();
  }

  /** Takes the thread added last away: it commits and leaves the group. Rejects as `StreamsApp.removeWorker` does. */
  async removeWorker(): Promise<void> {
    this.#requireRunning("removing workers");
    await this.#pool.remove();
  }

  /** Deletes what the threads keep of the application's state. Rejects as `StreamsApp.cleanUp` does. */
  async cleanUp(): Promise<void> {
    if (this.#machine.isAlive) throw new AppStateError(`The app is ${this.state}. Close it before cleaning up.`);
    await this.#ended;
    const { stateDir, applicationId } = this.#options;
    if (stateDir !== undefined) await deleteThreadStates(join(stateDir, applicationId));
  }

  /** Returns how to unsubscribe. */
  onStateChange(listener: StateListener): () => void {
    return this.#stateListeners.add(listener);
  }

  /** Hears of what threads start over from, of those that are replaced, and of what ends the app. Returns how to unsubscribe. */
  onError(listener: (error: unknown) => void): () => void {
    return this.#errorListeners.add(listener);
  }

  /** Follows the restoring of stores in all threads. Returns how to unsubscribe. */
  onRestore(listener: RestoreListener): () => void {
    return this.#restoreListeners.add(listener);
  }

  /** Everything the threads have counted so far, each value with the tag `thread`. */
  async metrics(): Promise<readonly MetricValue[]> {
    const all = await this.#pool.ask("metrics");
    return all.flatMap(([thread, values]) =>
      values.map((value) => ({ ...value, tags: { ...value.tags, thread: String(thread) } })),
    );
  }

  #requireRunning(purpose: string): void {
    if (this.state === "RUNNING" || this.state === "REBALANCING") return;
    throw new AppStateError(`The app is ${this.state}. Wait for start() before ${purpose}.`);
  }

  async #live(): Promise<void> {
    const { handleSignals = false, signalCloseTimeoutMs = SIGNAL_CLOSE_TIMEOUT_MS } = this.#options;
    this.#hold = this.#environment.scheduler.hold();
    const stopSignals = handleSignals
      ? closeOnSignals(() => this.close({ timeoutMs: signalCloseTimeoutMs }))
      : () => {};
    try {
      await this.#pool.run(this.#workers);
      this.#machine.try("NOT_RUNNING");
      this.#started.reject(new AppClosedError("The app was closed before it was running."));
    } catch (error) {
      if (!this.#machine.try("ERROR")) this.#machine.try("NOT_RUNNING");
      this.#started.reject(error);
    } finally {
      stopSignals();
      this.#hold.cancel();
    }
  }

  #thread(index: number, events: ThreadEvents, paused: boolean): AppThreadHandle {
    const { execArgv, resourceLimits, settings, stateDir, applicationId } = this.#options;
    return new AppThreadHandle({
      index,
      events,
      worker: {
        ...(execArgv === undefined ? {} : { execArgv: [...execArgv] }),
        ...(resourceLimits === undefined ? {} : { resourceLimits }),
      },
      data: {
        module: this.#module,
        options: this.#optionsOf(index),
        stateCacheBytes: this.#share("stateCacheBytes"),
        stateDir: stateDir === undefined ? null : join(stateDir, applicationId, `thread-${index}`),
        settings,
        paused,
      },
    });
  }

  /** The app's options for one thread: ids of its own, and its share of the memory. */
  #optionsOf(index: number): CloneableAppOptions {
    const options = this.#options;
    const { applicationId, instanceId, groupInstanceId } = options;
    return {
      ...Object.fromEntries(Object.entries(options).filter(([name]) => !notForThreads.has(name))),
      applicationId,
      cacheMaxBytes: this.#share("cacheMaxBytes"),
      overlayMaxBytes: this.#share("overlayMaxBytes"),
      ...(instanceId === undefined ? {} : { instanceId: `${instanceId}-${index}` }),
      ...(groupInstanceId === undefined ? {} : { groupInstanceId: `${groupInstanceId}-${index}` }),
    };
  }

  #share(name: keyof typeof memoryDefaults): number {
    return Math.floor((this.#options[name] ?? memoryDefaults[name]) / this.#workers);
  }

  #events(): ConstructorParameters<typeof ThreadPool>[0]["events"] {
    return {
      onRunning: () => {
        if (this.#machine.try("RUNNING")) this.#started.resolve();
      },
      onRebalancing: () => {
        this.#machine.try("REBALANCING");
      },
      onError: (error) => this.#errorListeners.each((listener) => listener(error)),
      onFailure: (error) => {
        this.#machine.try("PENDING_ERROR");
        const { applicationId } = this.#options;
        this.#environment.logger.error("The app has failed and closes.", { applicationId, error });
        this.#errorListeners.each((listener) => listener(error));
      },
      restore: {
        onRestoreStart: (...args) => this.#restoreListeners.each((listener) => listener.onRestoreStart?.(...args)),
        onRestoreBatch: (...args) => this.#restoreListeners.each((listener) => listener.onRestoreBatch?.(...args)),
        onRestoreEnd: (...args) => this.#restoreListeners.each((listener) => listener.onRestoreEnd?.(...args)),
      },
    };
  }
}
