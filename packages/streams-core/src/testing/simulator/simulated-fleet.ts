import type { KafkaClient } from "@millrace/kafka-client";
import type { SeededRandomness } from "@millrace/kernel/testing";
import type { StateBackend } from "@millrace/state-stores";
import type { StreamsApp } from "../../app/index.js";
import type { Topology } from "../../topology/index.js";
import type { AppHarness } from "../app-harness.js";
import { SimulatedDisk } from "../simulated-disk.js";
import { simulatedApp } from "./simulated-app.js";
import { SimulatedProcess, type ProcessFaults } from "./simulated-process.js";
import { drawCrashPoint, type SimulationScenario } from "./simulation-scenario.js";
import type { SimulatedSurroundings } from "./simulated-service.js";
import type { SimulationTrace } from "./simulation-trace.js";

/** How an app may part from its group; undefined: as it does by itself. */
const FAREWELLS = [undefined, "leave", "remain"] as const;
/** One in so many deletes its state when it has closed. */
const CLEANS_UP_ONE_IN = 6;
const REST_MS_MAX = 20_000;

/** A bug put between one life of an instance and its ports, to see whether it is caught. */
export interface PlantedBug {
  readonly client?: (client: KafkaClient) => KafkaClient;
  readonly state?: (state: StateBackend) => StateBackend;
}

/** What the instances of a fleet have in common. */
export interface FleetOptions {
  readonly applicationId: string;
  readonly exactlyOnce: boolean;
  /** Called for each life, in the process it is lived in. */
  readonly topology: (surroundings: SimulatedSurroundings) => Topology;
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
    const app = simulatedApp(this.#options, {
      ...{ harness: this.#harness, process, disk, scenario: this.#scenario, chance },
      calm: () => this.calm,
    });
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
    const groupMembership = FAREWELLS[this.#chance.below(FAREWELLS.length)];
    const cleansUp = this.#chance.below(CLEANS_UP_ONE_IN) === 0;
    const close = async (): Promise<void> => {
      await closing.app.close(groupMembership === undefined ? {} : { groupMembership });
      this.#trace.event(`${closing.process.name} has closed`);
      if (cleansUp) await closing.app.cleanUp();
      gone();
    };
    close().catch((error: unknown) => this.failures.push(error));
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

  /** Has one instance add a worker, unless it has as many as the scenario allows. */
  addWorker(): void {
    const app = this.#any()?.app;
    if (app === undefined || app.workers.length === 0 || app.workers.length >= this.#scenario.workersMax) return;
    void app.addWorker().catch(() => undefined);
  }

  /** Has one instance take a worker away, if it has one to spare. */
  removeWorker(): void {
    const app = this.#any()?.app;
    if (app !== undefined && app.workers.length > 1) void app.removeWorker().catch(() => undefined);
  }

  /** Has one instance process nothing for a while; it stays in the group. */
  rest(): void {
    const app = this.#any()?.app;
    app?.pause();
    this.#harness.environment.scheduler.after(this.#chance.below(REST_MS_MAX), () => app?.resume());
  }

  /** No more faults from now on; whoever is paused goes on. */
  calmDown(): void {
    this.calm = true;
    for (const { process, app } of this.#instances) {
      process.disarm();
      process.resume();
      app.resume();
    }
  }

  #faults(): ProcessFaults {
    const chance = this.#chance;
    const { latencyMsMax, lostAnswers, refusals, lateEnds, lateMsMax } = this.#scenario;
    return {
      latencyMs: () => chance.below(latencyMsMax),
      losesAnswer: () => !this.calm && chance.fraction() < lostAnswers,
      refuses: () => !this.calm && chance.fraction() < refusals,
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
