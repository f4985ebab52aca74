import type { KafkaClient, OffsetReset } from "@millrace/kafka-client";
import { systemEnvironment, type Environment } from "@millrace/kernel";
import type { StateBackend } from "@millrace/state-stores";
import type { ErrorHandlers, TimestampExtractor } from "../model/index.js";
import { defaultTaskConfig, type TaskConfig } from "../runtime/task-config.js";
import { AppOptionsError } from "./app-errors.js";

/** What a crash may do to results: repeat some, or neither lose nor repeat any. */
export type ProcessingGuarantee = "at-least-once" | "exactly-once";

/** How a StreamsApp runs its topology. */
export interface StreamsAppOptions {
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
  readonly errors?: Partial<ErrorHandlers>;
  /** For sources without one. Default: the record's timestamp; a negative one fails. */
  readonly timestampExtractor?: TimestampExtractor;
  /** Asked about a failure that would end the app: "restart" begins anew from the last commit, at most ten times in a row. Default: "shutdown". */
  readonly onUncaughtError?: (error: unknown) => "shutdown" | "restart";
  /** Names this instance, and its transactions: a restart under the same id fences its own past at once. Default: a random id kept with the state. */
  readonly instanceId?: string;
  /** Static membership: the group waits for this member to come back. Default: none. */
  readonly groupInstanceId?: string;
  /** True: SIGINT and SIGTERM close the app, then end the process as they would have. Default false. */
  readonly handleSignals?: boolean;
  /** How long a signal's close may take, in ms. Default 10,000. */
  readonly signalCloseTimeoutMs?: number;
  /** Clock, timers, chance, logger, metrics. Default: those of the system. */
  readonly environment?: Partial<Environment>;
}

/** Options with every default filled in. */
export interface ResolvedAppOptions {
  readonly applicationId: string;
  readonly client: KafkaClient;
  readonly stateDir: string | null;
  readonly stateBackend: (() => Promise<StateBackend>) | null;
  readonly exactlyOnce: boolean;
  readonly commitIntervalMs: number;
  readonly overlayMaxBytes: number;
  readonly stateCacheBytes: number | undefined;
  readonly pollMs: number;
  readonly repartitionPurgeIntervalMs: number;
  readonly offsetReset: OffsetReset;
  readonly replicationFactor: number | undefined;
  readonly onUncaughtError: (error: unknown) => "shutdown" | "restart";
  readonly instanceId: string | null;
  readonly groupInstanceId: string | null;
  readonly handleSignals: boolean;
  readonly signalCloseTimeoutMs: number;
  readonly environment: Environment;
  readonly task: TaskConfig;
}

const MEBIBYTE = 1024 * 1024;
const APPLICATION_ID = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/u;
const COMMIT_INTERVAL_MS = 30_000;
const EXACTLY_ONCE_COMMIT_INTERVAL_MS = 100;

/** Checks and completes options. Throws AppOptionsError for what can never be right. */
export function resolveAppOptions(options: StreamsAppOptions): ResolvedAppOptions {
  const { applicationId, client, processingGuarantee = "at-least-once" } = options;
  if (typeof applicationId !== "string" || !APPLICATION_ID.test(applicationId)) {
    throw new AppOptionsError(
      `applicationId "${String(applicationId)}" names a group, topics and a folder. Use letters, digits, ".", "_" and "-".`,
    );
  }
  if (client === undefined || client === null) throw new AppOptionsError("The option client is missing. Pass embedded() or another KafkaClient.");
  const exactlyOnce = processingGuarantee === "exactly-once";
  if (!exactlyOnce && processingGuarantee !== "at-least-once") {
    throw new AppOptionsError(`processingGuarantee is "${String(processingGuarantee)}". Use "at-least-once" or "exactly-once".`);
  }
  if (exactlyOnce && client.capabilities.eos !== "v2") {
    throw new AppOptionsError("This client has no transactions that cover a group's offsets. Use another client, or at-least-once.");
  }
  if (options.stateDir !== undefined && options.stateBackend !== undefined) {
    throw new AppOptionsError("Both stateDir and stateBackend are given. Choose one of them.");
  }
  return {
    applicationId,
    client,
    exactlyOnce,
    stateDir: options.stateDir ?? null,
    stateBackend: options.stateBackend ?? null,
    commitIntervalMs: amount(options, "commitIntervalMs", exactlyOnce ? EXACTLY_ONCE_COMMIT_INTERVAL_MS : COMMIT_INTERVAL_MS),
    overlayMaxBytes: amount(options, "overlayMaxBytes", 64 * MEBIBYTE),
    stateCacheBytes: options.stateCacheBytes === undefined ? undefined : amount(options, "stateCacheBytes", 0),
    pollMs: amount(options, "pollMs", 100),
    repartitionPurgeIntervalMs: amount(options, "repartitionPurgeIntervalMs", 30_000),
    offsetReset: options.offsetReset ?? "earliest",
    replicationFactor: options.replicationFactor,
    onUncaughtError: options.onUncaughtError ?? (() => "shutdown"),
    instanceId: options.instanceId ?? null,
    groupInstanceId: options.groupInstanceId ?? null,
    handleSignals: options.handleSignals ?? false,
    signalCloseTimeoutMs: amount(options, "signalCloseTimeoutMs", 10_000),
    environment: systemEnvironment(options.environment),
    task: {
      errors: { ...defaultTaskConfig.errors, ...options.errors },
      timestampExtractor: options.timestampExtractor ?? defaultTaskConfig.timestampExtractor,
      cacheMaxBytes: amount(options, "cacheMaxBytes", defaultTaskConfig.cacheMaxBytes),
      bufferedRecordsMax: amount(options, "bufferedRecordsMax", defaultTaskConfig.bufferedRecordsMax),
    },
  };
}

type AmountName = {
  [K in keyof StreamsAppOptions]-?: StreamsAppOptions[K] extends number | undefined ? K : never;
}[keyof StreamsAppOptions];

function amount(options: StreamsAppOptions, name: AmountName, fallback: number): number {
  const value = options[name] ?? fallback;
  if (Number.isFinite(value) && value >= 0) return value;
  throw new AppOptionsError(`${name} is ${String(value)}. Give a number that is not negative.`);
}
