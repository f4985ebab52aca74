import { expect, test } from "vitest";
import { SeededRandomness } from "@millrace/kernel/testing";
import { StreamsBuilder } from "../dsl/index.js";
import { serdes } from "../serde/index.js";
import { AppHarness, long } from "../testing/app-harness.js";
import { distantClient } from "../testing/distant-client.js";
import { PausableEnvironment } from "../testing/pausable-environment.js";
import { SimulatedDisk } from "../testing/simulated-disk.js";
import type { Topology } from "../topology/index.js";
import { StreamsApp } from "./streams-app.js";

const PARTITIONS = 3;
const STEPS = 40;
const seeds = Array.from({ length: Number(process.env["MILLRACE_SEEDS"] ?? 40) }, (_, index) => index + 1);

interface Instance {
  readonly app: StreamsApp;
  readonly disk: SimulatedDisk;
  readonly world: PausableEnvironment;
}

/** Words of lines, counted through a repartition topic; every update goes out. */
function wordCount(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  builder
    .stream("lines")
    .flatMapValues((line) => line.split(" "))
    .groupBy((_, word) => word)
    .count({ store: "counts" })
    .toStream()
    .to("out", { value: serdes.nullable(serdes.long) });
  return builder.build();
}

/** Instances of one app that start, stop, crash and sleep as the seed has it, while lines come in. */
class Simulation {
  readonly harness: AppHarness;
  readonly chance: SeededRandomness;
  readonly exactlyOnce: boolean;
  readonly truth = new Map<string, number>();
  instances: Instance[] = [];
  sleeping: Instance[] = [];
  /** Disks of instances that have ended, one way or the other: the next to start takes one up. */
  #disks: SimulatedDisk[] = [];
  #started = 0;

  constructor(seed: number, exactlyOnce: boolean) {
    this.chance = new SeededRandomness(seed);
    this.exactlyOnce = exactlyOnce;
    const delay = () => this.chance.below(300);
    this.harness = new AppHarness({ seed, transactionMarkerDelayMs: delay });
  }

  async run(): Promise<void> {
    const { harness } = this;
    await harness.createTopics({ lines: PARTITIONS, out: 1 });
    this.start();
    for (let step = 0; step < STEPS; step++) {
      await this.step();
      await harness.environment.scheduler.advanceBy(this.chance.below(2_000));
    }
    for (const { world } of this.sleeping) world.resume();
    if (this.instances.length === 0) this.start();
    await harness.environment.scheduler.advanceBy(200_000);
    for (const { app } of this.instances) expect(app.state).toBe("RUNNING");
  }

  async step(): Promise<void> {
    const die = this.chance.below(20);
    if (die < 10) await this.write();
    else if (die < 13 && this.instances.length < 3) this.start();
    else if (die === 13) this.close();
    else if (die === 14) this.crash();
    else if (die === 15) this.fallAsleep();
    else if (die === 16) this.wakeUp();
  }

  start(): void {
    const world = new PausableEnvironment(this.harness.environment);
    const disk = this.#disks.shift() ?? new SimulatedDisk(`i${this.#started++}`);
    const latencyMs = (): number => this.chance.below(20);
    const losesAnswer = (): boolean => this.chance.below(200) === 0;
    const client = this.harness.cluster.connect(world.environment);
    const app = new StreamsApp(wordCount(), {
      applicationId: "sim",
      client: distantClient(client, world.environment, { latencyMs, losesAnswer, lingerMs: this.chance.below(60) }),
      environment: world.environment,
      stateBackend: async () => disk.backend(world.environment, latencyMs),
      commitIntervalMs: 200,
      cacheMaxBytes: 0,
      processingGuarantee: this.exactlyOnce ? "exactly-once" : "at-least-once",
    });
    app.start().catch(() => undefined);
    this.instances.push({ app, world, disk });
  }

  close(): void {
    const closing = this.take();
    if (closing !== undefined) void closing.app.close().then(() => this.#disks.push(closing.disk));
  }

  crash(): void {
    const crashing = this.take();
    if (crashing === undefined) return;
    crashing.world.pause();
    this.#disks.push(crashing.disk);
  }

  async write(): Promise<void> {
    const lines = Array.from({ length: 1 + this.chance.below(20) }, () => {
      const words = Array.from({ length: 1 + this.chance.below(4) }, () => `w${this.chance.below(8)}`);
      for (const word of words) this.truth.set(word, (this.truth.get(word) ?? 0) + 1);
      return { key: null, value: words.join(" "), partition: this.chance.below(PARTITIONS) };
    });
    await this.harness.produce("lines", lines);
  }

  /** One of those awake, which is counted out. */
  take(): Instance | undefined {
    const awake = this.instances.filter((instance) => !this.sleeping.includes(instance));
    const taken = awake[this.chance.below(Math.max(1, awake.length))];
    this.instances = this.instances.filter((instance) => instance !== taken);
    return taken;
  }

  fallAsleep(): void {
    const sleeper = this.take();
    if (sleeper === undefined) return;
    sleeper.world.pause();
    this.sleeping.push(sleeper);
    this.instances.push(sleeper);
  }

  wakeUp(): void {
    this.sleeping.shift()?.world.resume();
  }

  /** Every word counted 1, 2, 3, … to its number: nothing lost, doubled or out of order. */
  async checkExactlyOnce(): Promise<void> {
    const updates = new Map<string, number[]>();
    for (const [word, count] of await this.harness.read("out", long)) {
      updates.set(String(word), [...(updates.get(String(word)) ?? []), Number(count)]);
    }
    for (const [word, count] of this.truth) {
      expect([word, updates.get(word)]).toEqual([word, Array.from({ length: count }, (_, index) => index + 1)]);
    }
  }

  async checkAtLeastOnce(): Promise<void> {
    const counts = await this.harness.readTable("out", long);
    for (const [word, count] of this.truth) expect(counts[word], word).toBeGreaterThanOrEqual(count);
  }

  /** Stores hold what their changelogs say. */
  async checkStores(): Promise<void> {
    const rows = new Map<string, number>();
    for (const { app } of this.instances) {
      for (const { key, value } of app.store<string, { value: number }>("counts").all()) rows.set(key, value.value);
    }
    const changelog = await this.harness.readTable("sim-counts-changelog", long);
    expect(Object.fromEntries([...rows].sort(([a], [b]) => (a < b ? -1 : 1)))).toEqual(changelog);
  }
}

test.each(seeds)("exactly-once, seed %i: every word is counted once, in order", async (seed) => {
  const simulation = new Simulation(seed, true);
  await simulation.run();
  await simulation.checkExactlyOnce();
  await simulation.checkStores();
});

test.each(seeds)("at-least-once, seed %i: no word is lost", async (seed) => {
  const simulation = new Simulation(seed, false);
  await simulation.run();
  await simulation.checkAtLeastOnce();
  await simulation.checkStores();
});
