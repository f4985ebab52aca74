import type { ClusterView, KafkaClient, OffsetReset } from "@millrace/kafka-client";
import type { Environment } from "@millrace/kernel";
import type { AssignmentRules } from "../assignment/index.js";
import type { StateStore } from "../model/index.js";
import type { ClientSettings } from "./client-settings.js";
import type { RestoreListener } from "./restore-listener.js";
import type { StandbyListener } from "./standby-listener.js";
import type { TaskConfig } from "./task-config.js";
import type { TaskListener } from "./task-listener.js";
import type { TopologySerdes } from "./topology-serdes.js";
import type { WorkerPlan } from "./worker-plan.js";
import type { StateBackends } from "./worker-states.js";

/**
 * What follows an error that nothing else has taken care of (R22): the worker begins anew from the last commit; this
 * client shuts down; or every client of the application does.
 */
export type UncaughtPolicy = "replace-worker" | "shutdown-client" | "shutdown-application";

/** Told by the worker; calls are synchronous. */
export interface WorkerEvents {
  /** Tasks come or go: not all that is owned runs. */
  onRebalancing(): void;
  /** Every task owned runs. */
  onRunning(): void;
  /** A failure the worker starts its tasks over from. */
  onStartOver(cause: unknown): void;
  /** A failure that ends the worker; what follows is clearing up. */
  onFailure(error: unknown): void;
  /** Asked about an error that would end the worker. */
  onUncaught(error: unknown): UncaughtPolicy;
  readonly restore: RestoreListener;
  readonly standby: StandbyListener;
}

/** A worker's share of the app's memory. */
export interface WorkerBudget {
  /** Of all record caches of its tasks together. */
  readonly cacheMaxBytes: number;
  /** Of all rows written since the last commit. */
  readonly overlayMaxBytes: number;
}

/** What a worker is made of. */
export interface WorkerOptions extends AssignmentRules {
  readonly plan: WorkerPlan;
  /** Opened; its stores are opened again as tasks come. */
  readonly serdes: TopologySerdes;
  readonly client: KafkaClient;
  /** Of this worker alone. */
  readonly clientId: string;
  /** Of all workers that share `backends`: they are one instance to the assignment. */
  readonly processId: string;
  /** Where this instance answers queries, such as `example.org:8080`; null: nowhere. */
  readonly applicationServer: string | null;
  /** Where this instance runs, such as `{ zone: "a" }`. */
  readonly clientTags: Readonly<Record<string, string>>;
  /** How long tasks wait, at most, before the group looks whether copies of their state have caught up. */
  readonly probingRebalanceIntervalMs: number;
  /** Set: exactly-once. Null: at-least-once. */
  readonly transactionalId: string | null;
  readonly groupInstanceId: string | null;
  readonly clusterId: string;
  readonly backends: StateBackends;
  /** Tasks with state here and how far their stores have come, when last seen; shared by the workers of one process. */
  readonly stateOffsets: Map<string, number>;
  readonly globalStores: ReadonlyMap<string, StateStore>;
  /** Told of all tasks. */
  readonly taskListener: TaskListener;
  readonly clientSettings: ClientSettings;
  readonly environment: Environment;
  readonly config: TaskConfig;
  /** For topics without a committed offset whose source names no policy. */
  readonly offsetReset: OffsetReset;
  readonly commitIntervalMs: number;
  /** How long what the cluster does not answer is tried again (R4). */
  readonly taskTimeoutMs: number;
  /** Verifies that the topology fits the topics; makes internal ones that are missing, and gives what there is then. */
  readonly checkTopics: (cluster: ClusterView) => Promise<ClusterView>;
  /** Longest wait for records. */
  readonly pollMs: number;
  /** Rows written since the last commit, all tasks together: above it they are committed early, or spilled. */
  readonly overlayMaxBytes: number;
  readonly purgeIntervalMs: number;
  readonly events: WorkerEvents;
}
