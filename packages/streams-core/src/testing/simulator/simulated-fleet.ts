import type { KafkaClient } from "@millrace/kafka-client";
import type { SeededRandomness } from "@millrace/kernel/testing";
import type { StateBackend } from "@millrace/state-stores";
import { StreamsApp } from "../../app/index.js";
import type { Topology } from "../../topology/index.js";
import type { AppHarness } from "../app-harness.js";
import { SimulatedDisk } from "../simulated-disk.js";
import { SimulatedClient } from "./simulated-client.js";
import { SimulatedProcess, type ProcessFaults } from "./simulated-process.js";
import { simulatedState } from "./simulated-state.js";
import { drawCrashPoint, type SimulationScenario } from "./simulation-scenario.js";
import type { SimulationTrace } from "./simulation-trace.js";

/** Short, so that what waits for copies to catch up moves within a simulation. */
const PROBING_INTERVAL_MS = 5_000;
const STATE_CLEANUP_DELAY_MS = 20_000;

/** A bug put between one life of an instance and its ports, to see whether it is caught. */
export interface PlantedBug {
  readonly client?: (client: KafkaClient) => KafkaClient;
  readonly state?: (state: StateBackend) => StateBackend;
}

/** What the instances of a fleet have in common. */
export interface FleetOptions {
  readonly applicationId: string;
  readonly exactlyOnce: boolean;
  readonly topology: () => Topology;
  /** Called for each life. */
  readonly plant: (() => PlantedBug) | undefined;
}

/** One life of an instance. */
export interface SimulatedInstance {
  readonly app: StreamsApp;
  readonly process: SimulatedProcess;
  readonly disk: SimulatedDisk;
}

/** The instances of one application: those that run, and the disks of those that do not any more. */
export class SimulatedFleet {
  /** All disks there ever were. */
  readonly disks: SimulatedDisk[] = [];
  /** True when no more faults are to come. */
  calm = false;
  /** What ended an app, other than a crash or a close. */
  readonly failures: unknown[] = [];
  readonly #options: FleetOptions;
  readonly #harness: AppHarness;
  readonly #scenario: SimulationScenario;
  readonly #trace: SimulationTrace;
  readonly #chance: SeededRandomness;
  #instances: SimulatedInstance[] = [];
  #freeDisks: SimulatedDisk[] = [];
  #closing = 0;
  #lives = 0;

  constructor(
    options: FleetOptions,
    world: { harness: AppHarness; scenario: SimulationScenario; trace: SimulationTrace; chance: SeededRandomness },
  ) {
    this.#options = options;
    this.#harness = world.harness;
    this.#scenario = world.scenario;
    this.#trace = world.trace;
    this.#chance = world.chance;
  }

  /** Instances that have neither crashed nor been told to close. */
  get size(): number {
    return this.#instances.length;
  }

  /** True when all run and nobody is on the way out. */
  get settled(): boolean {
    return this.#closing === 0 && this.#instances.every(({ app }) => app.state === "RUNNING");
  }

  /** Starts an instance: on the disk given, on one some other has left behind, or on an empty one. */
  start(on?: SimulatedDisk): SimulatedInstance {
    const chance = this.#chance;
    const disk = on ?? this.#takeDisk();
    this.#freeDisks = this.#freeDisks.filter((free) => free !== disk);
    const faults = this.#faults();
    const process = new SimulatedProcess(
      `${disk.instanceId}#${this.#lives++}`,
      this.#harness.environment,
      this.#trace,
      faults,
    );
    const app = this.#app(process, disk);
    const instance = { app, process, disk };
    this.#instances.push(instance);
    this.#trace.event(`${process.name} starts`);
    process.onCrash = () => this.#end(instance);
    if (!this.calm && chance.fraction() < this.#scenario.crashesAtCall) {
      process.crashAt(drawCrashPoint(chance));
    }
    app.onError((error) => {
      if (app.state === "PENDING_ERROR") this.failures.push(error);
    });
    app.start().catch(() => undefined);
    return instance;
  }

  /** Has one instance close; its disk is free when it has. */
  close(): void {
    const closing = this.#any();
    if (closing === undefined) return;
    this.#trace.event(`${closing.process.name} closes`);
    this.#remove(closing);
    this.#closing++;
    const gone = (): void => {
      closing.process.onCrash = () => undefined;
      this.#closing--;
      this.#freeDisks.push(closing.disk);
    };
    closing.process.onCrash = gone;
    void closing.app.close().then(() => {
      this.#trace.event(`${closing.process.name} has closed`);
      gone();
    });
  }

  crash(): void {
    this.#any()?.process.crash();
  }

  /** Stops one instance for a while. */
  pause(): void {
    const paused = this.#any();
    if (paused === undefined) return;
    paused.process.pause();
    this.#harness.environment.scheduler.after(this.#chance.below(this.#scenario.pauseMsMax), () =>
      paused.process.resume(),
    );
  }

  /** No more faults from now on; whoever is paused goes on. */
  calmDown(): void {
    this.calm = true;
    for (const { process } of this.#instances) {
      process.disarm();
      process.resume();
    }
  }

  #app(process: SimulatedProcess, disk: SimulatedDisk): StreamsApp {
    const { applicationId, exactlyOnce, topology, plant } = this.#options;
    const scenario = this.#scenario;
    const bug = plant?.() ?? {};
    const { sessionTimeoutMs, heartbeatIntervalMs, maxPollIntervalMs, maxPollRecords, batchBytes } = scenario;
    const client = new SimulatedClient(this.#harness.cluster.connect(process.environment), process, {
      consumer: { sessionTimeoutMs, heartbeatIntervalMs, maxPollIntervalMs, maxPollRecords },
      producer: { batchBytes },
    }).client();
    const state = simulatedState(disk, process, () => this.#chance.below(scenario.diskLatencyMsMax));
    return new StreamsApp(topology(), {
      applicationId,
      client: bug.client?.(client) ?? client,
      environment: process.environment,
      stateBackend: async () => bug.state?.(state) ?? state,
      processingGuarantee: exactlyOnce ? "exactly-once" : "at-least-once",
      commitIntervalMs: scenario.commitIntervalMs,
      cacheMaxBytes: scenario.cacheMaxBytes,
      overlayMaxBytes: scenario.overlayMaxBytes,
      bufferedRecordsMax: scenario.bufferedRecordsMax,
      pollMs: scenario.pollMs,
      ...(scenario.staticMembers ? { groupInstanceId: disk.instanceId } : {}),
      repartitionPurgeIntervalMs: scenario.repartitionPurgeIntervalMs,
      standbyReplicas: scenario.standbyReplicas,
      acceptableRecoveryLag: scenario.acceptableRecoveryLag,
      workers: scenario.workers,
      probingRebalanceIntervalMs: PROBING_INTERVAL_MS,
      stateCleanupDelayMs: STATE_CLEANUP_DELAY_MS,
    });
  }

  #faults(): ProcessFaults {
    const chance = this.#chance;
    const { latencyMsMax, lostAnswers, lateEnds, lateMsMax } = this.#scenario;
    return {
      latencyMs: () => chance.below(latencyMsMax),
      losesAnswer: () => !this.calm && chance.fraction() < lostAnswers,
      lateMs: () => (!this.calm && chance.fraction() < lateEnds ? 1 + chance.below(lateMsMax) : 0),
    };
  }

  #takeDisk(): SimulatedDisk {
    const found = this.#chance.below(4) === 0 ? undefined : this.#freeDisks.shift();
    if (found !== undefined) return found;
    const disk = new SimulatedDisk(`i${this.disks.length}`);
    this.disks.push(disk);
    return disk;
  }

  /** One that is neither paused nor ended; undefined when there is none. */
  #any(): SimulatedInstance | undefined {
    const awake = this.#instances.filter(({ process }) => !process.paused);
    return awake.length === 0 ? undefined : awake[this.#chance.below(awake.length)];
  }

  #end(instance: SimulatedInstance): void {
    this.#remove(instance);
    this.#freeDisks.push(instance.disk);
  }

  #remove(instance: SimulatedInstance): void {
    this.#instances = this.#instances.filter((other) => other !== instance);
  }
}
