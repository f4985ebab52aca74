import { memoryBackend, StateCorruptedError, type StateBackend } from "@millrace/state-stores";
import type { StateStore } from "../model/index.js";
import { GlobalStores } from "../runtime/global-stores.js";
import { readStoredOffsets } from "../runtime/stored-offsets.js";
import { Patience } from "../runtime/patience.js";
import { TopologySerdes } from "../runtime/topology-serdes.js";
import { TaskLocks } from "../runtime/task-locks.js";
import type { TaskListener } from "../runtime/task-listener.js";
import type { WorkerBudget, WorkerEvents } from "../runtime/worker-options.js";
import { WorkerPlan } from "../runtime/worker-plan.js";
import type { StateBackends } from "../runtime/worker-states.js";
import { Worker } from "../runtime/worker.js";
import type { OpenStore } from "../stores/index.js";
import type { PhysicalTopology } from "../topology/index.js";
import type { AppWork, GroupMembership } from "./app-life.js";
import type { ResolvedAppOptions } from "./app-options.js";
import { openStateBackend } from "./state-cleanup.js";
import { StateCleaner } from "./state-cleaner.js";
import { TopicCheck } from "./topic-check.js";
import { WorkerPool } from "./worker-pool.js";

const GLOBAL_STATE = "global";
const NO_STORES: ReadonlyMap<string, StateStore> = new Map();

/** One life of an app, from opening its state to releasing it. */
export class AppRun implements AppWork {
  readonly #topology: PhysicalTopology;
  readonly #options: ResolvedAppOptions;
  readonly #events: WorkerEvents;
  readonly #listener: TaskListener;
  readonly #plan: WorkerPlan;
  readonly #topics: TopicCheck;
  readonly #stop = new AbortController();
  readonly #patience: Patience;
  #global: GlobalStores | null = null;
  #pool: WorkerPool | null = null;
  #paused = false;
  #stopping = false;
  #idle: (() => void) | null = null;
  #globalFailure: { readonly error: unknown } | null = null;

  /** `listener`: told of all tasks, and of the global stores as of one. */
  constructor(topology: PhysicalTopology, options: ResolvedAppOptions, events: WorkerEvents, listener: TaskListener) {
    this.#topology = topology;
    this.#listener = listener;
    this.#options = options;
    this.#events = events;
    this.#plan = new WorkerPlan(topology, options.applicationId);
    const { applicationId, replicationFactor, client, environment, task } = options;
    this.#patience = new Patience(environment, this.#stop.signal);
    this.#topics = new TopicCheck({
      ...{ topology, applicationId, replicationFactor, admin: client.admin(), logger: environment.logger },
      deadLetterTopic: task.errors.deadLetterTopic,
    });
  }

  /** Null before they are made, and for a topology that has global stores alone. */
  get pool(): WorkerPool | null {
    return this.#pool;
  }

  /** A global store as those outside read and watch it; undefined before it is there. */
  globalStore(name: string): OpenStore | undefined {
    return this.#global?.openStore(name);
  }

  /** Runs until `stop()` or a failure; rejects with the failure. Everything is closed then. */
  async run(): Promise<void> {
    const { client } = this.#options;
    try {
      await this.#patience.until("Setting up topics", () => this.#topics.setUp());
      await this.#live(await this.#patience.until("Asking for the cluster's id", () => client.clusterId()));
    } catch (error) {
      if (!this.#stop.signal.aborted || error !== this.#stop.signal.reason) throw error;
    }
  }

  async #live(clusterId: string): Promise<void> {
    const backends = await this.#openBackends();
    const serdes = new TopologySerdes(this.#topology, this.#options.applicationId);
    try {
      await this.#patience.until("Opening serdes", () => serdes.open());
      await this.#loadGlobals(backends, clusterId);
      if (!this.#stopping) await this.#work(backends, clusterId, serdes);
      if (this.#globalFailure !== null) throw this.#globalFailure.error;
    } finally {
      try {
        if (this.#global !== null) this.#listener.onStop(this.#global);
        await this.#global?.close();
        await serdes.close();
      } finally {
        await closeBackends(backends);
      }
    }
  }

  /** Ends `run` soon. */
  stop(groupMembership: GroupMembership | null = null): void {
    this.#stopping = true;
    this.#stop.abort();
    this.#global?.stop();
    this.#pool?.stop(groupMembership === null ? undefined : groupMembership === "leave");
    this.#idle?.();
  }

  pause(): void {
    this.#paused = true;
    this.#pool?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#pool?.resume();
  }

  async #openBackends(): Promise<StateBackends> {
    const memory = await memoryBackend({ environment: this.#options.environment });
    const main = (await openStateBackend(this.#options)) ?? memory;
    return { main, memory, locks: new TaskLocks() };
  }

  async #loadGlobals(backends: StateBackends, clusterId: string): Promise<void> {
    if (this.#topology.globalStores.length === 0 || this.#stopping) return;
    const { applicationId, client, clientSettings, environment, task, commitIntervalMs } = this.#options;
    this.#global = new GlobalStores({
      applicationId,
      topology: this.#topology,
      client,
      clientId: applicationId,
      clusterId,
      fetching: clientSettings.fetching,
      state: await openGlobalState(backends.main),
      environment,
      config: task,
      commitIntervalMs,
      patience: this.#patience,
      onFailure: (error) => this.#globalFailed(error),
    });
    await this.#global.load();
    this.#listener.onRun(this.#global);
    this.#global.follow();
  }

  /** Nothing replaces what follows global stores (R22): the client shuts down, and with it all others if that is the policy. */
  #globalFailed(error: unknown): void {
    this.#globalFailure = { error };
    const worker = this.#pool?.workers[0];
    if (worker !== undefined && this.#events.onUncaught(error) === "shutdown-application") worker.shutDownAll(error);
    else this.stop();
  }

  async #work(backends: StateBackends, clusterId: string, serdes: TopologySerdes): Promise<void> {
    if (this.#plan.hasNoSources) {
      this.#events.onRunning();
      return new Promise((resolve) => {
        this.#idle = resolve;
      });
    }
    const { task, overlayMaxBytes, workers, environment, stateCleanupDelayMs } = this.#options;
    const stateOffsets = await readStoredOffsets(backends, environment);
    if (this.#stopping) return;
    this.#pool = new WorkerPool({
      make: (index, events, budget) =>
        this.#worker(index, events, budget, { backends, clusterId, serdes, stateOffsets }),
      events: this.#events,
      budget: { cacheMaxBytes: task.cacheMaxBytes, overlayMaxBytes },
    });
    if (this.#paused) this.#pool.pause();
    const cleaner = new StateCleaner({ backends, stateOffsets, environment, delayMs: stateCleanupDelayMs });
    cleaner.start();
    try {
      await this.#pool.run(workers);
    } finally {
      await cleaner.stop();
    }
  }

  #worker(index: number, events: WorkerEvents, budget: WorkerBudget, shared: SharedByWorkers): Worker {
    const { applicationId, instanceId, groupInstanceId, exactlyOnce, task } = this.#options;
    const processId = `${applicationId}-${instanceId ?? shared.backends.main.instanceId}`;
    const name = `${processId}-${index}`;
    return new Worker({
      ...this.#options,
      ...shared,
      plan: this.#plan,
      checkTopics: (cluster) => this.#topics.check(cluster, this.#plan.namedTopics),
      clientId: name,
      processId,
      transactionalId: exactlyOnce ? name : null,
      groupInstanceId: groupInstanceId === null ? null : `${groupInstanceId}-${index}`,
      globalStores: this.#global?.stores ?? NO_STORES,
      config: { ...task, cacheMaxBytes: budget.cacheMaxBytes },
      overlayMaxBytes: budget.overlayMaxBytes,
      purgeIntervalMs: this.#options.repartitionPurgeIntervalMs,
      events,
      taskListener: this.#listener,
    });
  }
}

interface SharedByWorkers {
  readonly backends: StateBackends;
  readonly clusterId: string;
  readonly serdes: TopologySerdes;
  readonly stateOffsets: Map<string, number>;
}

async function openGlobalState(backend: StateBackend) {
  try {
    return await backend.open(GLOBAL_STATE);
  } catch (error) {
    if (!(error instanceof StateCorruptedError)) throw error;
    await backend.remove(GLOBAL_STATE);
    return backend.open(GLOBAL_STATE);
  }
}

async function closeBackends({ main, memory }: StateBackends): Promise<void> {
  try {
    await main.close();
  } finally {
    if (memory !== main) await memory.close();
  }
}
