import { tp } from "@millrace/kafka-client";
import { SeededRandomness } from "@millrace/kernel/testing";
import { AppHarness, type HarnessRecord } from "../app-harness.js";
import { SimulatedFleet, type FleetOptions, type PlantedBug } from "./simulated-fleet.js";
import { SimulationFailure } from "./simulation-failure.js";
import { drawScenario, type SimulationScenario } from "./simulation-scenario.js";
import { SimulationTrace } from "./simulation-trace.js";
import { readTopic, type StoredRecord } from "./topic-reader.js";

/** What is simulated, and under which seed. */
export interface SimulationOptions extends Omit<FleetOptions, "applicationId" | "plant"> {
  /** Decides everything: the scenario, the input, who does what when. */
  readonly seed: number;
  /** Topics to create, with their partition counts. */
  readonly topics: (scenario: SimulationScenario) => Readonly<Record<string, number>>;
  /** Input of one step. */
  readonly input: (
    chance: SeededRandomness,
    scenario: SimulationScenario,
  ) => { topic: string; records: readonly HarnessRecord[] };
  /** Parts of the scenario that are not left to the seed. */
  readonly scenario?: Partial<SimulationScenario>;
  /** Whether instances may sleep beyond their session. Default: under exactly-once. */
  readonly zombies?: boolean;
  readonly plant?: () => PlantedBug;
  /** What happens, instead of what the seed would draw: from no instance on, until the weather is to be fair. */
  readonly script?: (simulation: Simulation) => Promise<void>;
  /** Called after each step of the script, while instances run; for what must hold at any time. */
  readonly afterStep?: (simulation: Simulation) => Promise<void>;
}

/** Nothing has changed for so long: what was to come has come. Longer than a transaction's and a rebalance's time-out. */
const QUIET_MS = 25_000;
const QUIET_STEP_MS = 1_000;
const QUIET_WAIT_MS_MAX = 600_000;
const APPLICATION_ID = "sim";

/** Several instances of one app on one embedded cluster, in virtual time, with everything that can befall them. */
export class Simulation {
  readonly seed: number;
  readonly applicationId = APPLICATION_ID;
  readonly exactlyOnce: boolean;
  readonly scenario: SimulationScenario;
  readonly harness: AppHarness;
  readonly fleet: SimulatedFleet;
  readonly trace: SimulationTrace;
  /** All records written to input topics. */
  readonly written: HarnessRecord[] = [];
  readonly #options: SimulationOptions;
  readonly #chance: SeededRandomness;

  constructor(options: SimulationOptions) {
    const { seed, exactlyOnce, topology, plant, zombies = exactlyOnce } = options;
    this.#options = options;
    this.seed = seed;
    this.exactlyOnce = exactlyOnce;
    const chance = new SeededRandomness(seed);
    this.scenario = { ...drawScenario(chance, zombies), ...options.scenario };
    const markers = chance.fork();
    const { markerDelayMsMax } = this.scenario;
    this.harness = new AppHarness({
      seed,
      shuffleTasks: true,
      maintenanceIntervalMs: 0,
      transactionMarkerDelayMs: () => markers.below(markerDelayMsMax),
    });
    this.trace = new SimulationTrace(this.harness.environment.clock);
    const { harness, scenario, trace } = this;
    this.fleet = new SimulatedFleet(
      { applicationId: APPLICATION_ID, exactlyOnce, topology, plant },
      { harness, scenario, trace, chance: chance.fork() },
    );
    this.#chance = chance;
  }

  /** Runs the script, then fair weather until all is done. Throws SimulationFailure when it never is, or an app has failed. */
  async run(): Promise<void> {
    const { harness, scenario, fleet } = this;
    const { topics, script = () => this.#drawnScript() } = this.#options;
    await harness.createTopics(topics(scenario));
    await script(this);
    fleet.calmDown();
    if (fleet.size === 0) fleet.start();
    await this.#quiet();
    if (fleet.failures.length > 0)
      throw this.failure(`An app has failed: ${String(fleet.failures[0])}`, fleet.failures[0]);
  }

  /** Records of a topic as read_committed sees them. */
  records(topic: string): Promise<StoredRecord[]> {
    return readTopic(this.harness, topic);
  }

  /** What to throw: it says how to see it again, and what happened. */
  failure(what: string, cause?: unknown): SimulationFailure {
    const message = `Seed ${this.seed} (again: MILLRACE_SEED=${this.seed} pnpm test:simulation): ${what}`;
    const scenario = `Scenario: ${JSON.stringify(this.scenario)}`;
    return new SimulationFailure([message, scenario, this.trace.toString()].join("\n"), { cause });
  }

  /** Writes input. */
  async write(topic: string, records: readonly HarnessRecord[]): Promise<void> {
    this.written.push(...records);
    await this.harness.produce(topic, records);
  }

  async #drawnScript(): Promise<void> {
    const { harness, scenario, fleet } = this;
    for (let started = 0; started < scenario.instancesAtStart; started++) fleet.start();
    for (let step = 0; step < scenario.steps; step++) {
      await this.#step();
      await harness.environment.scheduler.advanceBy(this.#chance.below(scenario.stepMsMax));
      await this.#options.afterStep?.(this);
    }
  }

  async #step(): Promise<void> {
    const { fleet, scenario } = this;
    const die = this.#chance.below(24);
    if (die < 10) await this.#writeDrawn();
    else if (die < 14) {
      if (fleet.size < scenario.instancesMax) fleet.start();
      else await this.#writeDrawn();
    } else if (die < 16) fleet.crash();
    else if (die === 16) fleet.close();
    else if (die < 19) fleet.pause();
    else if (die === 19 && scenario.compacts) await this.harness.run(this.harness.cluster.runMaintenance());
    else if (die === 20) fleet.addWorker();
    else if (die === 21) fleet.removeWorker();
    else if (die === 22) fleet.rest();
    else await this.#writeDrawn();
  }

  async #writeDrawn(): Promise<void> {
    const { topic, records } = this.#options.input(this.#chance, this.scenario);
    await this.write(topic, records);
  }

  async #quiet(): Promise<void> {
    const { scheduler } = this.harness.environment;
    let last = "";
    let quietMs = 0;
    for (let waitedMs = 0; quietMs < QUIET_MS; waitedMs += QUIET_STEP_MS) {
      if (waitedMs > QUIET_WAIT_MS_MAX) throw this.failure("The instances do not come to rest.");
      await scheduler.advanceBy(QUIET_STEP_MS);
      const now = this.fleet.settled ? await this.#progress() : "";
      quietMs = now !== "" && now === last ? quietMs + QUIET_STEP_MS : 0;
      last = now;
      if (this.fleet.failures.length > 0) return;
    }
  }

  /** Ends of all logs and offsets of the group, as text; "" while the group waits for somebody. */
  async #progress(): Promise<string> {
    const admin = this.harness.cluster.admin();
    const [group] = await this.harness.run(admin.describeGroups([APPLICATION_ID]));
    if (group?.state !== "Stable") return "";
    const topics = await this.harness.run(admin.describeTopics(await this.harness.run(admin.listTopics())));
    const partitions = [...topics.values()].flatMap((topic) =>
      topic === null ? [] : Array.from({ length: topic.partitions }, (_, partition) => tp(topic.name, partition)),
    );
    const ends = await this.harness.run(admin.listOffsets(partitions, "latest", "read_uncommitted"));
    const committed = await this.harness.run(admin.groupOffsets(APPLICATION_ID));
    return [...ends].map(([partition, end]) => `${end}/${committed.get(partition)?.offset ?? ""}`).join(" ");
  }
}
