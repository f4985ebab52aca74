import type { AssignmentRules } from "../assignment/index.js";
import { AppOptionsError } from "./app-errors.js";

/** How tasks and copies of their state are shared out: give all instances of an application the same. */
export interface AssignmentOptions {
  /** Copies of the state of each task that other instances keep up to date, so that one can take the task over at once. Default 0. */
  readonly standbyReplicas?: number;
  /** Records a copy of a task's state may lack for the task to move there; until then the task stays and the copy catches up (KIP-441). Default 10,000. */
  readonly acceptableRecoveryLag?: number;
  /** Copies made at one time, in all instances together, so that tasks can move. Default 2. */
  readonly maxWarmupReplicas?: number;
  /** How long tasks that are to move wait, at most, before the group looks again whether their copies have caught up, in ms. Default 10 minutes. */
  readonly probingRebalanceIntervalMs?: number;
  /** Where this instance answers queries, as `host:port`: all instances hear of it, see `StreamsApp.instances()`. Default: nowhere. */
  readonly applicationServer?: string;
  /** Where this instance runs, such as `{ zone: "a" }`: a task and its standbys avoid sharing a value (KIP-708). Default: none. */
  readonly clientTags?: Readonly<Record<string, string>>;
  /** State of a task that has not been here for so long is deleted, in ms (R11). Default 10 minutes. */
  readonly stateCleanupDelayMs?: number;
}

/** The same with every default filled in. */
export interface ResolvedAssignmentOptions extends AssignmentRules {
  readonly probingRebalanceIntervalMs: number;
  readonly applicationServer: string | null;
  readonly clientTags: Readonly<Record<string, string>>;
  readonly stateCleanupDelayMs: number;
}

const TEN_MINUTES_MS = 600_000;
const NO_TAGS: Readonly<Record<string, string>> = {};
const HOST_AND_PORT = /^(?:[^\s:/]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})$/u;
const LARGEST_PORT = 65_535;

/** Checks and completes them. Throws AppOptionsError. */
export function resolveAssignmentOptions(options: AssignmentOptions): ResolvedAssignmentOptions {
  const { applicationServer = null, clientTags = NO_TAGS } = options;
  if (applicationServer !== null && !isHostAndPort(applicationServer)) {
    throw new AppOptionsError(
      `applicationServer is "${applicationServer}". Give host and port, such as "example.org:8080".`,
    );
  }
  return {
    applicationServer,
    clientTags,
    standbyReplicas: count("standbyReplicas", options.standbyReplicas ?? 0),
    acceptableRecoveryLag: count("acceptableRecoveryLag", options.acceptableRecoveryLag ?? 10_000),
    maxWarmupReplicas: count("maxWarmupReplicas", options.maxWarmupReplicas ?? 2, 1),
    probingRebalanceIntervalMs: count(
      "probingRebalanceIntervalMs",
      options.probingRebalanceIntervalMs ?? TEN_MINUTES_MS,
      1,
    ),
    stateCleanupDelayMs: count("stateCleanupDelayMs", options.stateCleanupDelayMs ?? TEN_MINUTES_MS),
  };
}

function isHostAndPort(text: string): boolean {
  const port = HOST_AND_PORT.exec(text)?.[1];
  return port !== undefined && Number(port) <= LARGEST_PORT;
}

function count(name: string, value: number, least = 0): number {
  if (Number.isInteger(value) && value >= least) return value;
  throw new AppOptionsError(`${name} is ${String(value)}. Give a whole number from ${least} on.`);
}
