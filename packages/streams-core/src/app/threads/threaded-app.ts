import { availableParallelism } from "node:os";
import { join } from "node:path";
import { systemEnvironment, type Environment, type MetricValue } from "@millrace/kernel";
import type { Observable } from "rxjs";
import type { RestoreListener } from "../../runtime/restore-listener.js";
import { AppLife, type AppEvents, type CloseOptions, type StateListener } from "../app-life.js";
import { memoryDefaults, requireApplicationId, requireWorkers, signalDefaults } from "../app-options.js";
import type { AppState } from "../app-state.js";
import { deleteThreadStates } from "../state-cleanup.js";
import { repeatedly, statesOf, type MetricsOptions } from "../observables/app-observables.js";
import type { KeyMetadata } from "../queries/key-metadata.js";
import type { Queryable, StoreShape } from "../queries/queryable.js";
import type { QueryOptions } from "../queries/store-parts.js";
import type { WorkerInfo } from "../worker-pool.js";
import type { ThreadedAppOptions } from "./app-module.js";
import { AppThreadHandle, type ThreadEvents } from "./app-thread-handle.js";
import type { CloneableAppOptions } from "./thread-messages.js";
import { ThreadPool } from "./thread-pool.js";
import { threadedQueries } from "./threaded-queries.js";

/** Options that are the handle's own, or are given to threads in another way. */
const notForThreads: ReadonlySet<string> = new Set<keyof ThreadedAppOptions>([
  ...(["workers", "settings", "execArgv", "resourceLimits", "stateDir", "stateCacheBytes"] as const),
  ...(["onUncaughtError", "environment", "handleSignals", "signalCloseTimeoutMs"] as const),
]);

/**
 * An app whose workers are threads, made by `StreamsApp.fromModule`. States, errors and restores of all threads come
 * together here, and stores are read from here. Changes of a store cannot be followed across threads: write them to a
 * topic, and take `toObservable` of that.
 */
export class ThreadedApp implements AsyncDisposable {
  readonly #module: string;
  readonly #options: ThreadedAppOptions;
  readonly #environment: Environment;
  readonly #workers: number;
  readonly #life: AppLife<ThreadPool>;

  /** Throws AppOptionsError. Starts no thread yet. */
  constructor(module: URL, options: ThreadedAppOptions) {
    const { applicationId, handleSignals, signalCloseTimeoutMs, workers = availableParallelism() } = options;
    requireApplicationId(applicationId);
    requireWorkers(workers);
    this.#module = module.href;
    this.#options = options;
    this.#workers = workers;
    this.#environment = systemEnvironment(options.environment);
    this.#life = new AppLife({
      applicationId,
      environment: this.#environment,
      handleSignals: handleSignals ?? signalDefaults.handleSignals,
      signalCloseTimeoutMs: signalCloseTimeoutMs ?? signalDefaults.signalCloseTimeoutMs,
      makeWork: (events) => this.#newPool(events),
    });
  }

  get state(): AppState {
    return this.#life.state;
  }

  /**
   * Resolves when all threads are RUNNING. Rejects with AppThreadError, whose `code` is that of the failure in the
   * thread, with AppOptionsError when an option cannot cross to another thread, with AppClosedError, and with
   * AppStateError when the app was started before.
   */
  start(): Promise<void> {
    return this.#life.start();
  }

  /** Closes all threads as `StreamsApp.close` closes one app. True when that was done in time. */
  close(options: CloseOptions = {}): Promise<boolean> {
    return this.#life.close(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** As `StreamsApp.caughtUp`, for the tasks of all threads. */
  async caughtUp(): Promise<void> {
    const pool = this.#runningPool("asking whether it has caught up");
    let before = -1;
    for (let now = 0; now !== before;) {
      before = now;
      now = (await pool.ask("caught-up")).reduce((sum, [, activity]) => sum + activity, 0);
    }
  }

  /** As `StreamsApp.pause`, in all threads. */
  pause(): void {
    this.#life.pause();
  }

  /** Goes on where `pause()` stopped. */
  resume(): void {
    this.#life.resume();
  }

  /** Whether `pause()` was called, and `resume()` not since. */
  get isPaused(): boolean {
    return this.#life.isPaused;
  }

  /** The threads that run now, by number, with their tasks as of their last change of state. */
  get workers(): readonly WorkerInfo[] {
    return this.#life.work?.infos() ?? [];
  }

  /** Adds a thread; resolves when it runs its share of the tasks. Rejects as `StreamsApp.addWorker` does. */
  async addWorker(): Promise<void> {
    await this.#runningPool("adding workers").add();
  }

  /** Takes the thread added last away: it commits and leaves the group. Rejects as `StreamsApp.removeWorker` does. */
  async removeWorker(): Promise<void> {
    await this.#runningPool("removing workers").remove();
  }

  /** Deletes what the threads keep of the application's state. Rejects as `StreamsApp.cleanUp` does. */
  async cleanUp(): Promise<void> {
    await this.#life.over("cleaning up");
    const { stateDir, applicationId } = this.#options;
    if (stateDir !== undefined) await deleteThreadStates(join(stateDir, applicationId));
  }

  /** Returns how to unsubscribe. */
  onStateChange(listener: StateListener): () => void {
    return this.#life.onStateChange(listener);
  }

  /** Hears of what threads start over from, of those that are replaced, and of what ends the app. Returns how to unsubscribe. */
  onError(listener: (error: unknown) => void): () => void {
    return this.#life.onError(listener);
  }

  /** Follows the restoring of stores in all threads. Returns how to unsubscribe. */
  onRestore(listener: RestoreListener): () => void {
    return this.#life.onRestore(listener);
  }

  /** Everything the threads have counted so far, each value with the tag `thread`. */
  async metrics(): Promise<readonly MetricValue[]> {
    const all = (await this.#life.work?.ask("metrics")) ?? [];
    return all.flatMap(([thread, values]) =>
      values.map((value) => ({ ...value, tags: { ...value.tags, thread: String(thread) } })),
    );
  }

  /**
   * As `StreamsApp.store`, over the partitions of all threads. Rows and keys cross as structured clones: objects of classes
   * arrive as plain ones, but for windowed keys. What `StreamsApp.store` throws, methods reject with, as AppThreadErrors of
   * the same `code`; what cannot cross is a ThreadQueryError.
   */
  store<S extends StoreShape>(table: Queryable<S>, options: QueryOptions = {}): S["queries"] {
    return threadedQueries(table, () => this.#runningPool("reading stores").threads, options);
  }

  /** As `StreamsApp.metadataForKey`, for keys that are partitioned as usual: partitioners do not cross to threads. */
  async metadataForKey<S extends StoreShape>({ name, kind }: Queryable<S>, key: S["key"]): Promise<KeyMetadata> {
    const pool = this.#runningPool("asking who has a key");
    const found = (await pool.ask("locate", { table: { name, kind }, key })).map(([, metadata]) => metadata);
    return found.find(({ local }) => local === "active") ?? found.find(({ local }) => local !== null) ?? found[0]!;
  }

  /** As `StreamsApp.state$`. */
  get state$(): Observable<AppState> {
    return statesOf(this);
  }

  /** As `StreamsApp.metrics$`, of all threads. */
  metrics$(options: MetricsOptions = {}): Observable<readonly MetricValue[]> {
    return repeatedly(this, this.#environment.scheduler, () => this.metrics(), options);
  }

  #runningPool(purpose: string): ThreadPool {
    const pool = this.#life.runningWork;
    if (pool === null) throw this.#life.notRunning(purpose);
    return pool;
  }

  #newPool(events: AppEvents): ThreadPool {
    const { onUncaughtError } = this.#options;
    return new ThreadPool({
      make: (index, threadEvents, paused) => this.#thread(index, threadEvents, paused),
      count: this.#workers,
      mayReplace: (error) => onUncaughtError?.(error) === "replace-worker",
      environment: this.#environment,
      events,
    });
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
}
