import { leveldbBackend, memoryBackend, StateCorruptedError, type StateBackend } from "@millrace/state-stores";
import type { StateStore } from "../model/index.js";
import { GlobalStores } from "../runtime/global-stores.js";
import type { WorkerEvents } from "../runtime/worker-options.js";
import { WorkerPlan } from "../runtime/worker-plan.js";
import type { StateBackends } from "../runtime/worker-states.js";
import { Worker } from "../runtime/worker.js";
import type { PhysicalTopology } from "../topology/index.js";
import type { ResolvedAppOptions } from "./app-options.js";
import { setUpTopics } from "./topic-setup.js";

const GLOBAL_STATE = "global";
const NO_STORES: ReadonlyMap<string, StateStore> = new Map();

/** One life of an app, from opening its state to releasing it. */
export class AppRun {
  readonly #topology: PhysicalTopology;
  readonly #options: ResolvedAppOptions;
  readonly #events: WorkerEvents;
  readonly #plan: WorkerPlan;
  #global: GlobalStores | null = null;
  #worker: Worker | null = null;
  #stopping = false;
  #idle: (() => void) | null = null;
  #globalFailure: { readonly error: unknown } | null = null;

  constructor(topology: PhysicalTopology, options: ResolvedAppOptions, events: WorkerEvents) {
    this.#topology = topology;
    this.#options = options;
    this.#events = events;
    this.#plan = new WorkerPlan(topology, options.applicationId);
  }

  get worker(): Worker | null {
    return this.#worker;
  }

  get globalStores(): ReadonlyMap<string, StateStore> {
    return this.#global?.stores ?? NO_STORES;
  }

  /** Runs until `stop()` or a failure; rejects with the failure. Everything is closed then. */
  async run(): Promise<void> {
    const { client, applicationId, replicationFactor } = this.#options;
    await setUpTopics({ topology: this.#topology, applicationId, admin: client.admin(), replicationFactor });
    const clusterId = await client.clusterId();
    const backends = await this.#openBackends();
    try {
      await this.#loadGlobals(backends, clusterId);
      if (!this.#stopping) await this.#work(backends, clusterId);
      if (this.#globalFailure !== null) throw this.#globalFailure.error;
    } finally {
      try {
        await this.#global?.close();
      } finally {
        await closeBackends(backends);
      }
    }
  }

  /** Ends `run` soon. */
  stop(): void {
    this.#stopping = true;
    this.#global?.stop();
    this.#worker?.stop();
    this.#idle?.();
  }

  async #openBackends(): Promise<StateBackends> {
    const { environment, stateDir, stateBackend, applicationId, stateCacheBytes } = this.#options;
    const memory = await memoryBackend({ environment });
    if (stateBackend !== null) return { main: await stateBackend(), memory };
    if (stateDir === null) return { main: memory, memory };
    const cacheBytes = stateCacheBytes === undefined ? {} : { cacheBytes: stateCacheBytes };
    const main = await leveldbBackend({ dir: stateDir, applicationId, environment, ...cacheBytes });
    return { main, memory };
  }

  async #loadGlobals(backends: StateBackends, clusterId: string): Promise<void> {
    if (this.#topology.globalStores.length === 0 || this.#stopping) return;
    const { applicationId, client, environment, task, commitIntervalMs } = this.#options;
    this.#global = new GlobalStores({
      applicationId,
      topology: this.#topology,
      client,
      clientId: applicationId,
      clusterId,
      state: await openGlobalState(backends.main),
      environment,
      config: task,
      commitIntervalMs,
      onFailure: (error) => {
        this.#globalFailure = { error };
        this.stop();
      },
    });
    await this.#global.load();
    this.#global.follow();
  }

  async #work(backends: StateBackends, clusterId: string): Promise<void> {
    if (this.#plan.hasNoSources) {
      this.#events.onRunning();
      return new Promise((resolve) => {
        this.#idle = resolve;
      });
    }
    const { applicationId, instanceId, environment, client, task, offsetReset } = this.#options;
    const { exactlyOnce, groupInstanceId, commitIntervalMs, pollMs, overlayMaxBytes, repartitionPurgeIntervalMs } =
      this.#options;
    const instance = instanceId ?? backends.main.instanceId;
    const tasksWithState = await backends.main.tasks();
    if (this.#stopping) return;
    this.#worker = new Worker({
      plan: this.#plan,
      client,
      clientId: `${applicationId}-${instance}`,
      transactionalId: exactlyOnce ? `${applicationId}-${instance}-0` : null,
      groupInstanceId,
      clusterId,
      backends,
      tasksWithState,
      globalStores: this.globalStores,
      environment,
      config: task,
      offsetReset,
      commitIntervalMs,
      pollMs,
      overlayMaxBytes,
      purgeIntervalMs: repartitionPurgeIntervalMs,
      events: this.#events,
    });
    await this.#worker.run();
  }
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
