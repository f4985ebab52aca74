import type { KafkaClient, OffsetReset } from "@millrace/kafka-client";
import { systemEnvironment, type Environment } from "@millrace/kernel";
import type { StateBackend } from "@millrace/state-stores";
import type { ErrorHandlers, TimestampExtractor } from "../model/index.js";
import type { ClientSettings } from "../runtime/client-settings.js";
import { errorPolicy } from "../runtime/error-policy.js";
import { defaultTaskConfig, type TaskConfig } from "../runtime/task-config.js";
import type { UncaughtPolicy } from "../runtime/worker-options.js";
import { AppOptionsError } from "./app-errors.js";
import {
  resolveAssignmentOptions,
  type AssignmentOptions,
  type ResolvedAssignmentOptions,
} from "./assignment-options.js";
import { resolveClientOptions, type ClientOptions } from "./client-options.js";

/** What a crash may do to results: repeat some, or neither lose nor repeat any. */
export type ProcessingGuarantee = "at-least-once" | "exactly-once";

/** How a StreamsApp runs its topology. */
export interface StreamsAppOptions extends AssignmentOptions, ClientOptions {
  /** Names the consumer group, the internal topics and the folder of the state: the same for all instances. Letters, digits, ".", "_", "-". */
  readonly applicationId: string;
  /** Where records come from and go to. Stays open when the app closes: whoever made it closes it. */
  readonly client: KafkaClient;
  /** State is kept in LevelDB, in `<stateDir>/<applicationId>`; one app at a time uses it. Default: state is on the heap, restored from changelogs at each start. */
  readonly stateDir?: string;
  /** Where state is kept instead of `stateDir`: an engine of one's own, or a shared one in tests. The app closes it. */
  readonly stateBackend?: () => Promise<StateBackend>;
  /** Default "at-least-once". */
  readonly processingGuarantee?: ProcessingGuarantee;
  /** How many members of the group this app runs, each with tasks and a producer of its own, on one event loop. Default 1. */
  readonly workers?: number;
  /** Time between commits, in ms. Default 30,000, and 100 under exactly-once. */
  readonly commitIntervalMs?: number;
  /** Record caches of all tasks together, in bytes; 0: every update of a table goes on at once. Default 10 MiB. */
  readonly cacheMaxBytes?: number;
  /** Rows written since the last commit, in bytes: above it they are committed early (exactly-once) or written early. Default 64 MiB. */
  readonly overlayMaxBytes?: number;
  /** Memory of LevelDB's block caches and write buffers, in bytes. Default 64 MiB. */
  readonly stateCacheBytes?: number;
  /** Records of a partition that may wait before it is paused. Default 1,000. */
  readonly bufferedRecordsMax?: number;
  /** Longest wait for records, in ms. Default 100. */
  readonly pollMs?: number;
  /** Time between purges of repartition topics, in ms. Default 30,000. */
  readonly repartitionPurgeIntervalMs?: number;
  /** Where source topics without a committed offset start, unless their source says. Default "earliest". */
  readonly offsetReset?: OffsetReset;
  /** Replicas of internal topics. Default: what the cluster gives. */
  readonly replicationFactor?: number;
  /** What to do with records that cannot be read, processed or sent. Default for each: fail. */
  readonly errors?: ErrorHandlers;
  /** For sources without one. Default: the record's timestamp; a negative one fails. */
  readonly timestampExtractor?: TimestampExtractor;
  /**
   * Asked about an error that nothing else has taken care of (R22). "replace-worker": its tasks begin anew from the last
   * commit, at most ten times in a row; "shutdown-client" (the default): this app ends with the error;
   * "shutdown-application": so do all apps of this application id.
   */
  readonly onUncaughtError?: (error: unknown) => UncaughtPolicy;
  /** How long what the cluster does not answer is tried again before it is an error, in ms; Infinity: for ever (R4). Default 300,000. */
  readonly taskTimeoutMs?: number;
  /**
   * How long a task that has records of some partitions waits for those of others, in ms, so that records are taken in the
   * order of their timestamps (R3). -1: not at all. 0, the default: only while the others' records are known to be on the
   * broker. More: also that long for others that are caught up.
   */
  readonly maxTaskIdleMs?: number;
  /** Names this instance, and its transactions: a restart under the same id fences its own past at once. Default: a random id kept with the state. */
  readonly instanceId?: string;
  /** Static membership, under this id and the worker's number: the group waits for the member to come back. Default: none. */
  readonly groupInstanceId?: string;
  /** True: SIGINT and SIGTERM close the app, then end the process as they would have. Default false. */
  readonly handleSignals?: boolean;
  /** How long a signal's close may take, in ms. Default 10,000. */
  readonly signalCloseTimeoutMs?: number;
  /** True: while stores are being restored, a bar on standard error says so, where that is a terminal. Default true. */
  readonly restoreProgress?: boolean;
  /** Clock, timers, chance, logger, metrics. Default: those of the system. */
  readonly environment?: Partial<Environment>;
}

/** Options with every default filled in. */
export interface ResolvedAppOptions extends ResolvedAssignmentOptions {
  readonly applicationId: string;
  readonly client: KafkaClient;
  readonly clientSettings: ClientSettings;
  readonly stateDir: string | null;
  readonly stateBackend: (() => Promise<StateBackend>) | null;
  readonly exactlyOnce: boolean;
  readonly workers: number;
  readonly commitIntervalMs: number;
  readonly overlayMaxBytes: number;
  readonly stateCacheBytes: number;
  readonly pollMs: number;
  readonly repartitionPurgeIntervalMs: number;
  readonly offsetReset: OffsetReset;
  readonly replicationFactor: number | undefined;
  readonly onUncaughtError: (error: unknown) => UncaughtPolicy;
  readonly taskTimeoutMs: number;
  readonly instanceId: string | null;
  readonly groupInstanceId: string | null;
  readonly handleSignals: boolean;
  readonly signalCloseTimeoutMs: number;
  readonly restoreProgress: boolean;
  readonly environment: Environment;
  readonly task: TaskConfig;
}

const MEBIBYTE = 1024 * 1024;
const APPLICATION_ID = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/u;
const COMMIT_INTERVAL_MS = 30_000;
const EXACTLY_ONCE_COMMIT_INTERVAL_MS = 100;

/** Checks and completes options. Throws AppOptionsError for what can never be right. */
export function resolveAppOptions(options: StreamsAppOptions): ResolvedAppOptions {
  validate(options);
  const given = withoutUndefined(options);
  const exactlyOnce = given.processingGuarantee === "exactly-once";
  const commitIntervalMs = exactlyOnce ? EXACTLY_ONCE_COMMIT_INTERVAL_MS : COMMIT_INTERVAL_MS;
  const resolved = { ...defaults, commitIntervalMs, ...given };
  requireWorkers(resolved.workers);
  for (const name of amounts) requireAmount(name, resolved[name]);
  if (given.maxTaskIdleMs !== -1) requireAmount("maxTaskIdleMs", given.maxTaskIdleMs ?? 0);
  if (given.taskTimeoutMs !== Infinity) requireAmount("taskTimeoutMs", resolved.taskTimeoutMs);
  const { timestampExtractor, cacheMaxBytes, maxTaskIdleMs, bufferedRecordsMax } = {
    ...defaultTaskConfig,
    ...resolved,
  };
  return {
    ...resolved,
    ...resolveAssignmentOptions(given),
    clientSettings: resolveClientOptions(given, given.client),
    exactlyOnce,
    replicationFactor: given.replicationFactor,
    environment: systemEnvironment(options.environment),
    task: {
      errors: errorPolicy(given.errors),
      timestampExtractor,
      cacheMaxBytes,
      maxTaskIdleMs,
      bufferedRecordsMax,
    },
  };
}

/** Memory for all tasks of an app together, in bytes. */
export const memoryDefaults = {
  cacheMaxBytes: defaultTaskConfig.cacheMaxBytes,
  overlayMaxBytes: 64 * MEBIBYTE,
  stateCacheBytes: 64 * MEBIBYTE,
} as const;

/** How an app answers signals. */
export const signalDefaults = { handleSignals: false, signalCloseTimeoutMs: 10_000 } as const;

const defaults = {
  stateDir: null,
  stateBackend: null,
  workers: 1,
  ...memoryDefaults,
  bufferedRecordsMax: defaultTaskConfig.bufferedRecordsMax,
  pollMs: 100,
  repartitionPurgeIntervalMs: 30_000,
  offsetReset: "earliest",
  onUncaughtError: (): UncaughtPolicy => "shutdown-client",
  taskTimeoutMs: 300_000,
  instanceId: null,
  groupInstanceId: null,
  ...signalDefaults,
  restoreProgress: true,
} as const;

const amounts = [
  "commitIntervalMs",
  "cacheMaxBytes",
  "overlayMaxBytes",
  "stateCacheBytes",
  "bufferedRecordsMax",
  "pollMs",
  "repartitionPurgeIntervalMs",
  "signalCloseTimeoutMs",
] as const;

function validate({ applicationId, client, processingGuarantee, stateDir, stateBackend }: StreamsAppOptions): void {
  requireApplicationId(applicationId);
  if (typeof client !== "object" || client === null) {
    throw new AppOptionsError(
      "The option client is missing. Pass kafka({ brokers }), embedded() or another KafkaClient.",
    );
  }
  if (![undefined, "at-least-once", "exactly-once"].includes(processingGuarantee)) {
    throw new AppOptionsError(
      `processingGuarantee is "${String(processingGuarantee)}". Use "at-least-once" or "exactly-once".`,
    );
  }
  if (processingGuarantee === "exactly-once" && client.capabilities.eos !== "v2") {
    throw new AppOptionsError(
      "This client has no transactions that cover a group's offsets. Use another client, or at-least-once.",
    );
  }
  if (stateDir !== undefined && stateBackend !== undefined) {
    throw new AppOptionsError("Both stateDir and stateBackend are given. Choose one of them.");
  }
}

/** Throws AppOptionsError. */
export function requireApplicationId(applicationId: unknown): void {
  if (typeof applicationId === "string" && APPLICATION_ID.test(applicationId)) return;
  throw new AppOptionsError(
    `applicationId "${String(applicationId)}" names a group, topics and a folder. Use letters, digits, ".", "_" and "-".`,
  );
}

/** Throws AppOptionsError. */
export function requireWorkers(workers: number): void {
  if (Number.isInteger(workers) && workers > 0) return;
  throw new AppOptionsError(`workers is ${String(workers)}. Give a whole number of at least 1.`);
}

function requireAmount(name: string, value: number): void {
  if (Number.isFinite(value) && value >= 0) return;
  throw new AppOptionsError(`${name} is ${String(value)}. Give a number that is not negative.`);
}

/** Options given as undefined are options not given. */
function withoutUndefined(options: StreamsAppOptions): StreamsAppOptions {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as unknown as StreamsAppOptions;
}
