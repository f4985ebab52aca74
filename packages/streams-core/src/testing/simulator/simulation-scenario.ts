import type { SeededRandomness } from "@millrace/kernel/testing";
import type { CrashPoint } from "./simulated-process.js";

/** The weather of one simulation: everything that a seed decides before it begins. Times are in ms. */
export interface SimulationScenario {
  readonly partitions: number;
  readonly steps: number;
  readonly stepMsMax: number;
  readonly instancesAtStart: number;
  readonly instancesMax: number;
  readonly commitIntervalMs: number;
  /** 0: no record cache. */
  readonly cacheMaxBytes: number;
  readonly overlayMaxBytes: number;
  readonly bufferedRecordsMax: number;
  readonly maxPollRecords: number;
  readonly batchBytes: number;
  readonly pollMs: number;
  readonly repartitionPurgeIntervalMs: number;
  readonly latencyMsMax: number;
  readonly diskLatencyMsMax: number;
  readonly markerDelayMsMax: number;
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly maxPollIntervalMs: number;
  /** Share of commits, and of other requests that change something, whose answer is lost. */
  readonly lostAnswers: number;
  /** Share of polls and requests that the cluster refuses for now. */
  readonly refusals: number;
  /** Share of transactions whose end is asked for in vain, and comes later all the same. */
  readonly lateEnds: number;
  readonly lateMsMax: number;
  /** Share of instances that are to crash at a call drawn when they start. */
  readonly crashesAtCall: number;
  readonly pauseMsMax: number;
  /** Topics are compacted in between. */
  readonly compacts: boolean;
  /** The group keeps the place of a member that has gone, until its session has run out. */
  readonly staticMembers: boolean;
  /** State is on the heap: gone with the process. Ids of transactions go with it, unless members are static. */
  readonly onHeap: boolean;
  readonly standbyReplicas: number;
  readonly maxWarmupReplicas: number;
  readonly probingRebalanceIntervalMs: number;
  readonly stateCleanupDelayMs: number;
  readonly maxTaskIdleMs: number;
  readonly lingerMs: number;
  /** Small: tasks move only after a copy of their state has caught up. */
  readonly acceptableRecoveryLag: number;
  /** Members of the group that each instance runs when it starts. */
  readonly workers: number;
  /** More than at the start when some are added meanwhile. 1: none is. */
  readonly workersMax: number;
  /** Share of lives in which the user's code throws now and then, and has the worker replaced. */
  readonly throwing: number;
}

/** Longer than a session: the group gives a paused member's work to others. */
const ZOMBIE_SESSIONS = 2.5;

/**
 * Draws a scenario. Without fences (at-least-once) a pause stays within the session: Kafka lets a zombie's late
 * changelog writes undo its successor's, so that nothing could be promised.
 */
export function drawScenario(chance: SeededRandomness, zombies: boolean): SimulationScenario {
  const oneOf = <T>(...values: readonly T[]): T => values[chance.below(values.length)]!;
  const sessionTimeoutMs = oneOf(3_000, 6_000, 10_000);
  const instancesMax = 1 + chance.below(3);
  return {
    partitions: 1 + chance.below(4),
    steps: 10 + chance.below(25),
    stepMsMax: oneOf(300, 1_500, 4_000),
    instancesAtStart: 1 + chance.below(instancesMax),
    instancesMax,
    commitIntervalMs: oneOf(30, 100, 400, 1_500),
    cacheMaxBytes: oneOf(0, 0, 600, 1 << 20),
    overlayMaxBytes: oneOf(200, 1 << 26, 1 << 26),
    bufferedRecordsMax: oneOf(2, 50, 1_000),
    maxPollRecords: oneOf(3, 100, 1_000),
    batchBytes: oneOf(150, 2_000, 1 << 19),
    pollMs: oneOf(50, 200, 500),
    repartitionPurgeIntervalMs: oneOf(300, 3_000, 30_000),
    latencyMsMax: oneOf(1, 5, 20, 80),
    diskLatencyMsMax: oneOf(1, 10, 100),
    markerDelayMsMax: oneOf(1, 50, 400),
    sessionTimeoutMs,
    heartbeatIntervalMs: sessionTimeoutMs / 4,
    maxPollIntervalMs: 12_000,
    lostAnswers: oneOf(0, 0, 0.01, 0.05),
    refusals: oneOf(0, 0, 0.01, 0.05),
    lateEnds: oneOf(0, 0, 0.02, 0.1),
    lateMsMax: oneOf(50, 500, 3_000),
    crashesAtCall: oneOf(0, 0.4, 0.8),
    pauseMsMax: zombies ? ZOMBIE_SESSIONS * sessionTimeoutMs : sessionTimeoutMs / 4,
    compacts: chance.below(4) === 0,
    staticMembers: chance.below(3) === 0,
    onHeap: chance.below(6) === 0,
    standbyReplicas: oneOf(0, 0, 1, 2),
    maxWarmupReplicas: oneOf(1, 2, 5),
    probingRebalanceIntervalMs: oneOf(1_000, 5_000),
    stateCleanupDelayMs: oneOf(2_000, 20_000),
    maxTaskIdleMs: oneOf(-1, 0, 0, 300),
    lingerMs: oneOf(0, 0, 20),
    acceptableRecoveryLag: oneOf(0, 5, 10_000),
    workers: oneOf(1, 1, 2),
    workersMax: oneOf(1, 1, 2, 3),
    throwing: oneOf(0, 0, 0.5),
  };
}

/** Where a crash tells most: between the steps of a commit, of a restore, of a rebalance. */
const TELLING_CALLS = [
  "flush",
  "sendOffsets",
  "commit",
  "state.commit",
  "state.restore",
  "state.spill",
  "committed",
  "assign",
  "onAssigned",
  "onRevoked",
];
const TELLING_CALLS_MAX = 6;
const CALLS_MAX = 80;

/** Draws a crash: half of them at one of the calls that matter most. */
export function drawCrashPoint(chance: SeededRandomness): CrashPoint {
  const when = chance.below(2) === 0 ? "before" : "after";
  if (chance.below(2) === 0) return { calls: 1 + chance.below(CALLS_MAX), when };
  const what = TELLING_CALLS[chance.below(TELLING_CALLS.length)]!;
  return { calls: 1 + chance.below(TELLING_CALLS_MAX), what, when };
}
