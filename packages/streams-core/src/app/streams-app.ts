import { Deferred, timedOut, within, type MetricValue, type Timer } from "@millrace/kernel";
import type { StateStore } from "../model/index.js";
import type { InstancePlacement } from "../assignment/index.js";
import type { RestoreListener } from "../runtime/restore-listener.js";
import type { StandbyListener } from "../runtime/standby-listener.js";
import type { WorkerEvents } from "../runtime/worker-options.js";
import { refuseOwnInternalTopics, type PhysicalTopology, type Topology } from "../topology/index.js";
import { AppClosedError, AppStateError, UnknownStoreError } from "./app-errors.js";
import { resolveAppOptions, type ResolvedAppOptions, type StreamsAppOptions } from "./app-options.js";
import { AppRun } from "./app-run.js";
import { AppStateMachine, type AppState } from "./app-state.js";
import { Listeners } from "./listeners.js";
import { LocalStore } from "./local-store.js";
import { RestoreProgress } from "./restore-progress.js";
import { closeOnSignals } from "./signals.js";
import { openTerminalBar } from "./terminal-bar.js";
import { deleteState } from "./state-cleanup.js";
import type { ThreadedAppOptions } from "./threads/app-module.js";
import { ThreadedApp } from "./threads/threaded-app.js";
import type { WorkerInfo, WorkerPool } from "./worker-pool.js";

/** Hears of every change of state, right after it. */
export type StateListener = (state: AppState, previous: AppState) => void;

export interface CloseOptions {
  /** How long to wait for a clean end, in ms. Default: until it is done. */
  readonly timeoutMs?: number;
  /**
   * "leave": the group hands this app's tasks to others at once. "remain": it waits for the session to end, so that a
   * restart finds its tasks where they were (KIP-1153). Default: "remain" with a `groupInstanceId`, else "leave".
   */
  readonly groupMembership?: "leave" | "remain";
}

/**
 * Runs a topology: takes its share of the partitions, keeps state, commits. Several apps with one application id, in one
 * process or many, share the work.
 *
 * ```ts
 * await using app = new StreamsApp(topology, { applicationId: "wordcount", client: embedded() });
 * await app.start();
 * ```
 */
export class StreamsApp implements AsyncDisposable {
  readonly #topology: PhysicalTopology;
  readonly #options: ResolvedAppOptions;
  readonly #machine: AppStateMachine;
  readonly #stateListeners: Listeners<StateListener>;
  readonly #errorListeners: Listeners<(error: unknown) => void>;
  readonly #restoreListeners: Listeners<RestoreListener>;
  readonly #standbyListeners: Listeners<StandbyListener>;
  readonly #progress: RestoreProgress;
  readonly #started = new Deferred<void>();
  #run: AppRun | null = null;
  /** Keeps the process alive from start to close. */
  #hold: Timer | null = null;
  #failed = false;
  #paused = false;
  #ended: Promise<void> = Promise.resolve();

  /**
   * An app on several cores: `workers` threads, each of which imports `module` and runs the topology it exports with the
   * client it exports. The module's functions are those of {@link AppModule}. Throws AppOptionsError.
   *
   * ```ts
   * const app = StreamsApp.fromModule(new URL("./word-count.js", import.meta.url), { applicationId: "wordcount", workers: 2 });
   * await app.start();
   * ```
   */
  static fromModule<S>(module: URL, options: ThreadedAppOptions<S>): ThreadedApp {
    return new ThreadedApp(module, options);
  }

  /** Throws AppOptionsError, and TopologyError when the topology reads one of the application's internal topics. */
  constructor(topology: Topology, options: StreamsAppOptions) {
    this.#options = resolveAppOptions(options);
    this.#topology = topology.physical();
    refuseOwnInternalTopics(this.#topology, options.applicationId);
    const { restoreProgress, environment } = this.#options;
    const { logger, clock } = environment;
    this.#stateListeners = new Listeners(logger);
    this.#errorListeners = new Listeners(logger);
    this.#restoreListeners = new Listeners(logger);
    this.#standbyListeners = new Listeners(logger);
    this.#machine = new AppStateMachine((state, previous) =>
      this.#stateListeners.each((listener) => listener(state, previous)),
    );
    const bar = restoreProgress ? () => openTerminalBar("Restoring stores", process.stderr) : async () => null;
    this.#progress = new RestoreProgress({ clock, logger, openBar: bar });
    this.#restoreListeners.add(this.#progress);
    // Who does not wait for start() hears of a failure from onError.
    this.#started.promise.catch(() => undefined);
  }

  get state(): AppState {
    return this.#machine.state;
  }

  /**
   * Resolves when the app is RUNNING: topics are checked and made, its tasks assigned and their state restored. Rejects
   * with what made it fail (MissingSourceTopicError, CopartitionError, InternalTopicError, StateLockedError and others),
   * with AppClosedError when it was closed meanwhile, and with AppStateError when it was started before.
   */
  start(): Promise<void> {
    if (this.state !== "CREATED") {
      return Promise.reject(new AppStateError(`The app is ${this.state} and cannot be started. Make another one.`));
    }
    this.#machine.to("REBALANCING");
    this.#ended = this.#live();
    return this.#started.promise;
  }

  /**
   * Commits, closes the tasks, leaves the group, releases the state. True when that was done in time; else it goes on in
   * the background, and the process may end before it is done. Safe to call in any state, and again.
   */
  async close(options: CloseOptions = {}): Promise<boolean> {
    if (this.state === "CREATED") {
      this.#machine.to("PENDING_SHUTDOWN");
      this.#machine.to("NOT_RUNNING");
      return true;
    }
    const { timeoutMs, groupMembership } = options;
    if (this.#machine.try("PENDING_SHUTDOWN")) {
      this.#run?.stop(groupMembership === undefined ? undefined : groupMembership === "leave");
    }
    if (timeoutMs === undefined) {
      await this.#ended;
      return true;
    }
    const inTime = (await within(this.#options.environment.scheduler, timeoutMs, this.#ended)) !== timedOut;
    if (!inTime) this.#hold?.cancel();
    return inTime;
  }

  /** Closes and waits for it, at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * Resolves when everything in the topics of this instance's tasks has been processed and committed, what it produced
   * for itself included. Rejects with AppStateError when the app does not run, and with its failure when it fails.
   */
  async caughtUp(): Promise<void> {
    await this.#running("asking whether it has caught up").caughtUp();
  }

  /**
   * Stops processing and punctuation until `resume()`: this app stays in its group, goes on fetching until its buffers
   * are full, restoring, and committing (R6). Possible in any state, and before the start.
   */
  pause(): void {
    this.#paused = true;
    this.#run?.pause();
  }

  /** Goes on where `pause()` stopped. */
  resume(): void {
    this.#paused = false;
    this.#run?.resume();
  }

  /** Whether `pause()` was called, and `resume()` not since. */
  get isPaused(): boolean {
    return this.#paused;
  }

  /** The workers that run now, by number; none when the app does not run. */
  get workers(): readonly WorkerInfo[] {
    return this.#run?.pool?.infos() ?? [];
  }

  /**
   * Adds a worker; resolves when it runs its share of the tasks. The memory of the caches is shared anew (R16). Rejects
   * with AppStateError when the app does not run, and with AppClosedError when it is closed meanwhile.
   */
  async addWorker(): Promise<void> {
    await this.#running("adding workers").add();
  }

  /**
   * Takes the worker added last away: it commits and leaves the group, and the others get its tasks. Resolves when it has
   * ended. Rejects with AppStateError when the app does not run, or has no other worker.
   */
  async removeWorker(): Promise<void> {
    await this.#running("removing workers").remove();
  }

  /**
   * Deletes what this instance keeps of the application's state, so that the next start restores it from the changelogs.
   * Rejects with AppStateError unless the app is CREATED, NOT_RUNNING or ERROR, and with StateLockedError when another
   * process uses the state.
   */
  async cleanUp(): Promise<void> {
    if (this.#machine.isAlive) {
      throw new AppStateError(`The app is ${this.state}. Close it before cleaning up.`);
    }
    await this.#ended;
    await deleteState(this.#options);
  }

  /** Returns how to unsubscribe. */
  onStateChange(listener: StateListener): () => void {
    return this.#stateListeners.add(listener);
  }

  /** Hears of what the app starts over from, and of what ends it. Returns how to unsubscribe. */
  onError(listener: (error: unknown) => void): () => void {
    return this.#errorListeners.add(listener);
  }

  /** Follows the restoring of stores. Returns how to unsubscribe. */
  onRestore(listener: RestoreListener): () => void {
    return this.#restoreListeners.add(listener);
  }

  /** Follows the standbys this instance keeps. Returns how to unsubscribe. */
  onStandbyUpdate(listener: StandbyListener): () => void {
    return this.#standbyListeners.add(listener);
  }

  /**
   * The instances that gave an `applicationServer`, this one among them, and the tasks whose stores each of them holds,
   * as its own or as standby; as of the last assignment. Empty when there is none.
   */
  instances(): readonly InstancePlacement[] {
    return this.#run?.pool?.workers[0]?.assignment.instances ?? [];
  }

  /** Everything counted so far, by group, name and tags. */
  metrics(): readonly MetricValue[] {
    return this.#options.environment.metrics.snapshot();
  }

  /**
   * A key-value store, as far as this instance holds it. Throws UnknownStoreError for a name the topology does not have,
   * AppStateError when the app does not run.
   */
  store<K, V>(name: string): LocalStore<K, V> {
    const global = this.#topology.globalStores.some(({ builder }) => builder.name === name);
    const known =
      global || this.#topology.subtopologies.some(({ stores }) => stores.some(({ builder }) => builder.name === name));
    if (!known)
      throw new UnknownStoreError(`The topology has no store "${name}". Use the name given to it in the topology.`);
    return new LocalStore<K, V>(name, () => this.#partsOf(name, global));
  }

  #partsOf(name: string, global: boolean): readonly StateStore[] {
    const run = this.#run;
    if (run === null || (this.state !== "RUNNING" && this.state !== "REBALANCING")) {
      throw new AppStateError(`The app is ${this.state}: its stores can be read while it runs only.`);
    }
    const stores = global
      ? [run.globalStores.get(name) ?? null]
      : (run.pool?.workers ?? [])
          .flatMap((worker) => worker.tasks.tasks)
          .filter((task) => task.running)
          .map((task) => task.core.store(name));
    return stores.filter((store) => store !== null);
  }

  #running(purpose: string): WorkerPool {
    const pool = this.#run?.pool ?? null;
    if (pool === null || (this.state !== "RUNNING" && this.state !== "REBALANCING")) {
      throw new AppStateError(`The app is ${this.state}. Wait for start() before ${purpose}.`);
    }
    return pool;
  }

  async #live(): Promise<void> {
    const { environment, handleSignals, signalCloseTimeoutMs } = this.#options;
    this.#hold = environment.scheduler.hold();
    const stopSignals = handleSignals
      ? closeOnSignals(() => this.close({ timeoutMs: signalCloseTimeoutMs }))
      : () => {};
    const run = new AppRun(this.#topology, this.#options, this.#events());
    this.#run = run;
    if (this.#paused) run.pause();
    try {
      await run.run();
      this.#machine.try("NOT_RUNNING");
      this.#started.reject(new AppClosedError("The app was closed before it was running."));
    } catch (error) {
      this.#fail(error);
      this.#machine.try("ERROR");
      this.#machine.try("NOT_RUNNING");
      this.#started.reject(error);
    } finally {
      stopSignals();
      this.#progress.close();
      this.#hold.cancel();
    }
  }

  /** Reports a failure, once; the same one may come from the worker and from the end of its run. */
  #fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#machine.try("PENDING_ERROR");
    const { logger } = this.#options.environment;
    logger.error("The app has failed and closes.", { applicationId: this.#options.applicationId, error });
    this.#errorListeners.each((listener) => listener(error));
  }

  #events(): WorkerEvents {
    const { onUncaughtError, environment } = this.#options;
    return {
      onRunning: () => {
        if (this.#machine.try("RUNNING")) this.#started.resolve();
      },
      onRebalancing: () => {
        this.#machine.try("REBALANCING");
      },
      onFailure: (error) => this.#fail(error),
      onStartOver: (error) => {
        environment.logger.warn("The app starts over from its last commit.", { error });
        this.#errorListeners.each((listener) => listener(error));
      },
      onUncaught: (error) => onUncaughtError(error),
      restore: {
        onRestoreStart: (...args) => this.#restoreListeners.each((listener) => listener.onRestoreStart?.(...args)),
        onRestoreBatch: (...args) => this.#restoreListeners.each((listener) => listener.onRestoreBatch?.(...args)),
        onRestoreEnd: (...args) => this.#restoreListeners.each((listener) => listener.onRestoreEnd?.(...args)),
      },
      standby: {
        onStandbyStart: (...args) => this.#standbyListeners.each((listener) => listener.onStandbyStart?.(...args)),
        onStandbyBatch: (...args) => this.#standbyListeners.each((listener) => listener.onStandbyBatch?.(...args)),
        onStandbyEnd: (...args) => this.#standbyListeners.each((listener) => listener.onStandbyEnd?.(...args)),
      },
    };
  }
}
