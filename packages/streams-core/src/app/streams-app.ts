import type { MetricValue } from "@millrace/kernel";
import type { Observable } from "rxjs";
import type { InstancePlacement } from "../assignment/index.js";
import type { RestoreListener } from "../runtime/restore-listener.js";
import type { StandbyListener } from "../runtime/standby-listener.js";
import type { WorkerEvents } from "../runtime/worker-options.js";
import { realTopicName, refuseOwnInternalTopics, type PhysicalTopology, type Topology } from "../topology/index.js";
import { AppLife, type AppEvents, type CloseOptions, type StateListener } from "./app-life.js";
import { resolveAppOptions, type ResolvedAppOptions, type StreamsAppOptions } from "./app-options.js";
import { AppRun } from "./app-run.js";
import type { AppState } from "./app-state.js";
import { Listeners } from "./listeners.js";
import { localQueries } from "./queries/local-queries.js";
import { KeyLocator, type KeyMetadata, type KeyMetadataOptions } from "./queries/key-metadata.js";
import type { Queryable, StoreShape } from "./queries/queryable.js";
import { StoreParts, type QueryOptions } from "./queries/store-parts.js";
import { placeOf } from "./queries/store-place.js";
import { AppChanges } from "./changes/app-changes.js";
import { openChanges } from "./changes/open-changes.js";
import type { ChangesOptions } from "./changes/store-change.js";
import type { StoreChanges } from "./changes/store-changes.js";
import { repeatedly, statesOf, type MetricsOptions } from "./observables/app-observables.js";
import { RestoreProgress } from "./restore-progress.js";
import { openTerminalBar } from "./terminal-bar.js";
import { deleteState } from "./state-cleanup.js";
import type { ThreadedAppOptions } from "./threads/app-module.js";
import { ThreadedApp } from "./threads/threaded-app.js";
import type { WorkerInfo, WorkerPool } from "./worker-pool.js";

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
  readonly #standbyListeners: Listeners<StandbyListener>;
  readonly #life: AppLife<AppRun>;
  readonly #changes = new AppChanges();
  readonly #keys: KeyLocator;

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
    const { environment, client, applicationId } = this.#options;
    this.#keys = new KeyLocator({ ...environment, topology: this.#topology, applicationId, admin: client.admin() });
    this.#standbyListeners = new Listeners(environment.logger);
    this.#life = new AppLife({
      ...this.#options,
      makeWork: (events) => new AppRun(this.#topology, this.#options, this.#workerEvents(events), this.#changes),
    });
    this.#showRestoring();
    this.#endChanges();
  }

  get state(): AppState {
    return this.#life.state;
  }

  /**
   * Resolves when the app is RUNNING: topics are checked and made, its tasks assigned and their state restored. Rejects
   * with what made it fail (MissingSourceTopicError, CopartitionError, InternalTopicError, StateLockedError and others),
   * with AppClosedError when it was closed meanwhile, and with AppStateError when it was started before.
   */
  start(): Promise<void> {
    return this.#life.start();
  }

  /**
   * Commits, closes the tasks, leaves the group, releases the state. True when that was done in time; else it goes on in
   * the background, and the process may end before it is done. Safe to call in any state, and again.
   */
  close(options: CloseOptions = {}): Promise<boolean> {
    return this.#life.close(options);
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
    await this.#runningPool("asking whether it has caught up").caughtUp();
  }

  /**
   * Stops processing and punctuation until `resume()`: this app stays in its group, goes on fetching until its buffers
   * are full, restoring, and committing (R6). Possible in any state, and before the start.
   */
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

  /** The workers that run now, by number; none when the app does not run. */
  get workers(): readonly WorkerInfo[] {
    return this.#life.work?.pool?.infos() ?? [];
  }

  /**
   * Adds a worker; resolves when it runs its share of the tasks. The memory of the caches is shared anew (R16). Rejects
   * with AppStateError when the app does not run, and with AppClosedError when it is closed meanwhile.
   */
  async addWorker(): Promise<void> {
    await this.#runningPool("adding workers").add();
  }

  /**
   * Takes the worker added last away: it commits and leaves the group, and the others get its tasks. Resolves when it has
   * ended. Rejects with AppStateError when the app does not run, or has no other worker.
   */
  async removeWorker(): Promise<void> {
    await this.#runningPool("removing workers").remove();
  }

  /**
   * Deletes what this instance keeps of the application's state, so that the next start restores it from the changelogs.
   * Rejects with AppStateError unless the app is CREATED, NOT_RUNNING or ERROR, and with StateLockedError when another
   * process uses the state.
   */
  async cleanUp(): Promise<void> {
    await this.#life.over("cleaning up");
    await deleteState(this.#options);
  }

  /** Returns how to unsubscribe. */
  onStateChange(listener: StateListener): () => void {
    return this.#life.onStateChange(listener);
  }

  /** Hears of what the app starts over from, and of what ends it. Returns how to unsubscribe. */
  onError(listener: (error: unknown) => void): () => void {
    return this.#life.onError(listener);
  }

  /** Follows the restoring of stores. Returns how to unsubscribe. */
  onRestore(listener: RestoreListener): () => void {
    return this.#life.onRestore(listener);
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
    return this.#life.work?.pool?.workers[0]?.assignment.instances ?? [];
  }

  /** Everything counted and measured, by group, name and tags: docs/metrics.md has the table. */
  metrics(): readonly MetricValue[] {
    return this.#options.environment.metrics.snapshot();
  }

  /**
   * A store, as far as this instance holds it: what `table` says, over all partitions that are here, as processing has
   * left them, caches included; under exactly-once, too, before it is committed (ADR 23). Reads are asynchronous, take
   * turns with processing, and leave caches as they are.
   *
   * Throws UnknownStoreError for a name the topology does not have, and StoreKindError for a store of another kind. Its
   * methods reject with AppStateError when the app does not run, StoreRebalancingError and StoreRestoringError while it is
   * not whole, and StoreMovedError for partitions that are elsewhere (R23).
   *
   * ```ts
   * const wordCounts = queryable.keyValue<string, number>("word-counts");
   * console.log(await app.store(wordCounts).get("streams"));
   * ```
   */
  store<S extends StoreShape>(table: Queryable<S>, options: QueryOptions = {}): S["queries"] {
    const parts = new StoreParts(placeOf(table, this.#topology), this.#life, options);
    return localQueries(table, this.#options.environment, parts);
  }

  /**
   * Which instance has a key of a store, as of the last assignment: instances are known by their `applicationServer`, and
   * asking them is the program's own matter (KIP-67). Rejects with AppStateError when the app does not run, with
   * UnknownStoreError and StoreKindError, and with what the cluster answers when it is asked for partitions.
   */
  async metadataForKey<S extends StoreShape>(
    table: Queryable<S>,
    key: S["key"],
    options: KeyMetadataOptions<S["key"]> = {},
  ): Promise<KeyMetadata> {
    const place = placeOf(table, this.#topology);
    const run = this.#life.runningWork;
    if (run === null) throw this.#life.notRunning("asking who has a key");
    return this.#keys.locate(place, key, run, options);
  }

  /**
   * The rows of a store as they are, then each change of them, of all partitions that are here: an async iterable, and
   * an observable. Partitions that come bring their rows; those that go leave without a word. After a roll-back the rows
   * of its partitions are told again. Under at-least-once a change is told once it is written, under exactly-once when it
   * is committed. Can be followed before the start; ends with the app.
   *
   * Of a versioned store, the latest version of each row is told, with the time from which it is valid; a version that comes
   * late changes the past alone, and is not. Throws UnknownStoreError and StoreKindError.
   */
  changes<S extends StoreShape>(
    table: Queryable<S>,
    options: ChangesOptions = {},
  ): StoreChanges<S["rowKey"], S["value"]> {
    const { builder, serdeTopic: topic } = placeOf(table, this.#topology);
    const { environment, exactlyOnce, applicationId } = this.#options;
    const serdeTopic = realTopicName(this.#topology, applicationId, topic);
    return openChanges(table, builder, { changes: this.#changes, environment, exactlyOnce, serdeTopic }, options);
  }

  /** The state, then each one that follows it; completes when the app has ended. An rxjs Observable. */
  get state$(): Observable<AppState> {
    return statesOf(this);
  }

  /** What `metrics()` gives, at once and then every `intervalMs`, until the app has ended. An rxjs Observable. */
  metrics$(options: MetricsOptions = {}): Observable<readonly MetricValue[]> {
    return repeatedly(this, this.#options.environment.scheduler, () => this.metrics(), options);
  }

  #runningPool(purpose: string): WorkerPool {
    const pool = this.#life.runningWork?.pool ?? null;
    if (pool === null) throw this.#life.notRunning(purpose);
    return pool;
  }

  #showRestoring(): void {
    const { restoreProgress, environment } = this.#options;
    const openBar = restoreProgress ? () => openTerminalBar("Restoring stores", process.stderr) : async () => null;
    const progress = new RestoreProgress({ ...environment, openBar });
    this.#life.onRestore(progress);
    this.#life.onStateChange((state) => {
      if (state === "NOT_RUNNING" || state === "ERROR") progress.close();
    });
  }

  #endChanges(): void {
    let failure: unknown;
    this.#life.onError((error) => {
      if (this.state === "PENDING_ERROR") failure = error;
    });
    this.#life.onStateChange((state) => {
      if (state === "NOT_RUNNING" || state === "ERROR") this.#changes.finish(failure);
    });
  }

  #workerEvents(events: AppEvents): WorkerEvents {
    const { onUncaughtError, environment } = this.#options;
    const standbys = this.#standbyListeners;
    return {
      ...events,
      onStartOver: (error) => {
        environment.logger.warn("The app starts over from its last commit.", { error });
        events.onError(error);
      },
      onUncaught: (error) => onUncaughtError(error),
      standby: {
        onStandbyStart: (...args) => standbys.each((listener) => listener.onStandbyStart?.(...args)),
        onStandbyBatch: (...args) => standbys.each((listener) => listener.onStandbyBatch?.(...args)),
        onStandbyEnd: (...args) => standbys.each((listener) => listener.onStandbyEnd?.(...args)),
      },
    };
  }
}
