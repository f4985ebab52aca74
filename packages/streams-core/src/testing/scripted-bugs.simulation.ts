import { Deferred } from "@millrace/kernel";
import { RetriableError } from "@millrace/kafka-client";
import { afterEach, describe, expect, test, vi } from "vitest";
import { StreamsBuilder } from "../dsl/index.js";
import { SendTracker } from "../runtime/worker-send-tracker.js";
import { TaskStores } from "../runtime/task-stores.js";
import { serdes } from "../serde/index.js";
import type { Topology } from "../topology/index.js";
import { passing } from "./passing-topology.fixture.js";
import { checkStores, type PlantedBug, type Simulation, type SimulationScenario } from "./simulator/index.js";
import { checkPassThrough, passThrough } from "./simulator/pass-through-workload.js";
import {
  confirmationMissing,
  fenceMissing,
  flushSkipped,
  storeBeforeCommit,
  unknownOutcomeAborted,
} from "./simulator/planted-bugs.js";
import type { SimulatedInstance } from "./simulator/simulated-fleet.js";
import { SimulationFailure } from "./simulator/simulation-failure.js";
import { checkWordCount, wordCount } from "./simulator/word-count-workload.js";

/** Scripts decide what happens; these, in which order what happens at one time does. */
const seeds = [1, 2, 3];

/** Nothing goes wrong by itself. Every turn of a worker that has processed something ends with a commit. */
const fairWeather: SimulationScenario = {
  ...{ partitions: 1, workers: 1, workersMax: 1, steps: 0, stepMsMax: 1, instancesAtStart: 0, instancesMax: 2 },
  ...{ commitIntervalMs: 0, cacheMaxBytes: 0, overlayMaxBytes: 1 << 26, bufferedRecordsMax: 1_000 },
  ...{ maxPollRecords: 100, batchBytes: 1 << 19, pollMs: 50, repartitionPurgeIntervalMs: 30_000 },
  ...{ latencyMsMax: 1, diskLatencyMsMax: 1, markerDelayMsMax: 1 },
  ...{ sessionTimeoutMs: 3_000, heartbeatIntervalMs: 750, maxPollIntervalMs: 12_000 },
  ...{
    lostAnswers: 0,
    refusals: 0,
    throwing: 0,
    lateEnds: 0,
    lateMsMax: 1,
    crashesAtCall: 0,
    pauseMsMax: 1,
    compacts: false,
  },
  ...{ staticMembers: false, standbyReplicas: 0, acceptableRecoveryLag: 0, maxWarmupReplicas: 2, onHeap: false },
  ...{ probingRebalanceIntervalMs: 5_000, stateCleanupDelayMs: 20_000, maxTaskIdleMs: 0, lingerMs: 0 },
};

function counting(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  builder
    .stream("lines")
    .groupByKey()
    .count({ store: "counts" })
    .toStream()
    .to("out", { value: serdes.nullable(serdes.long) });
  return builder.build();
}

/** Each word is its own key. */
const writeWords = (simulation: Simulation, ...words: readonly string[]): Promise<void> =>
  simulation.write(
    "lines",
    words.map((word) => ({ key: word, value: word, partition: 0 })),
  );

const writeNumbers = (simulation: Simulation, ...numbers: readonly number[]): Promise<void> =>
  simulation.write(
    "in",
    numbers.map((number) => ({ key: "k0", value: String(number), partition: 0 })),
  );

/** Starts an instance, and waits until it runs. */
async function running({ fleet, harness }: Simulation): Promise<SimulatedInstance> {
  const instance = fleet.start();
  await harness.until(() => instance.app.state === "RUNNING");
  return instance;
}

/** Waits until the group has committed so many records of the input. */
async function committed({ harness, applicationId }: Simulation, records: number): Promise<void> {
  const admin = harness.cluster.admin();
  for (;;) {
    const offsets = await harness.run(admin.groupOffsets(applicationId));
    if ([...offsets.values()].some(({ offset }) => offset >= records)) return;
    await harness.environment.scheduler.advanceBy(20);
  }
}

/** Crashes before or after the next such request, and goes on on the same disk. */
async function crashAt(
  { fleet, harness }: Simulation,
  { process, disk }: SimulatedInstance,
  at: { what: string; when: "before" | "after"; then: () => Promise<void> },
): Promise<void> {
  process.crashAt({ calls: 1, what: at.what, when: at.when });
  await at.then();
  await harness.until(() => process.dead);
  fleet.start(disk);
}

/** What the next such request of an instance meets; `sent` holds it up until it is released. */
function holdUp({ process }: SimulatedInstance, what: string, pauses: boolean) {
  const asked = { yet: false };
  const released = new Deferred<void>();
  process.intercept(what, async (send) => {
    asked.yet = true;
    if (pauses) process.pause();
    await released.promise;
    return send();
  });
  const release = (): void => {
    released.resolve();
    process.resume();
  };
  return { asked, release };
}

/** The first line of what a check has found; "" when it is nothing. */
async function finding(simulation: Simulation, check: (simulation: Simulation) => Promise<void>): Promise<string> {
  try {
    await simulation.run();
    await check(simulation);
    return "";
  } catch (error) {
    if (error instanceof SimulationFailure) return error.message.split("\n")[0]!;
    throw error;
  }
}

type Script = (simulation: Simulation) => Promise<void>;

const count = (seed: number, exactlyOnce: boolean, script: Script, plant?: () => PlantedBug): Simulation =>
  wordCount(counting, { seed, exactlyOnce, scenario: fairWeather, script, ...(plant && { plant }) });

const pass = (seed: number, exactlyOnce: boolean, script: Script, plant?: () => PlantedBug): Simulation =>
  passThrough(passing, { seed, exactlyOnce, scenario: fairWeather, script, ...(plant && { plant }) });

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(seeds)("a script shows, whatever comes first of what comes at one time (seed %i),", (seed) => {
  test("a store written before the transaction's commit, by a crash before it", async () => {
    const script: Script = async (simulation) => {
      const at = { what: "commit", when: "before", then: () => writeWords(simulation, "a", "a") } as const;
      await crashAt(simulation, await running(simulation), at);
    };
    expect(await finding(count(seed, true, script, storeBeforeCommit), checkWordCount)).toMatch(
      /"a" was written 2 times and counted/u,
    );
    expect(await finding(count(seed, true, script), checkWordCount)).toBe("");
  });

  test("a flush skipped, by a crash after the offsets are committed", async () => {
    const script: Script = async (simulation) => {
      const at = { what: "commit", when: "after", then: () => writeNumbers(simulation, 0, 1) } as const;
      await crashAt(simulation, await running(simulation), at);
    };
    expect(await finding(pass(seed, false, script, flushSkipped), checkPassThrough)).toMatch(/Record 0 .* is lost/u);
    expect(await finding(pass(seed, false, script), checkPassThrough)).toBe("");
  });

  test("a commit that leaves the cache's dirty rows behind, by a crash after it", async () => {
    const script: Script = async (simulation) => {
      const at = { what: "commit", when: "after", then: () => writeWords(simulation, "a", "a") } as const;
      await crashAt(simulation, await running(simulation), at);
    };
    const scenario = { ...fairWeather, cacheMaxBytes: 1 << 20 };
    const simulate = (): Simulation => wordCount(counting, { seed, exactlyOnce: true, scenario, script });
    expect(await finding(simulate(), checkWordCount)).toBe("");
    vi.spyOn(TaskStores.prototype, "flush").mockReturnValue();
    expect(await finding(simulate(), checkWordCount)).toMatch(/"a" was written 2 times and counted 0 times/u);
  });

  test("a missing fence, by a member that commits after the group has given its work to another", async () => {
    const script: Script = async (simulation) => {
      const sleeper = await running(simulation);
      const { asked, release } = holdUp(sleeper, "sendOffsets", true);
      await writeNumbers(simulation, 0, 1);
      await simulation.harness.until(() => asked.yet);
      simulation.fleet.start();
      await committed(simulation, 2);
      release();
    };
    expect(await finding(pass(seed, true, script, fenceMissing), checkPassThrough)).toMatch(
      /was written as 0,1 and read as 0,1,0,1/u,
    );
    expect(await finding(pass(seed, true, script), checkPassThrough)).toBe("");
  });

  test("the offset acknowledged last, stored instead of the snapshot's, by a crash after it", async () => {
    const script: Script = async (simulation) => {
      const instance = await running(simulation);
      const { asked, release } = holdUp(instance, "commit", false);
      await writeWords(simulation, "a");
      await simulation.harness.until(() => asked.yet);
      await writeWords(simulation, "b");
      const hasBoth = async () => (await simulation.records("sim-counts-changelog")).length === 2;
      while (!(await hasBoth())) await simulation.harness.environment.scheduler.advanceBy(20);
      instance.process.crashAt({ calls: 1, what: "state.commit", when: "after" });
      release();
      await simulation.harness.until(() => instance.process.dead);
      await checkStores(simulation);
    };
    expect(await finding(count(seed, false, script), checkStores)).toBe("");
    storeOffsetsAcknowledgedLast();
    expect(await finding(count(seed, false, script), checkStores)).toMatch(
      /with the rest of its changelog, is not its end state: b is undefined/u,
    );
  });

  test("an offset stored though the group did not take the commit, by a member whose successor has written", async () => {
    const script: Script = async (simulation) => {
      const sleeper = await running(simulation);
      const { asked, release } = holdUp(sleeper, "flush", true);
      await writeWords(simulation, "a");
      await simulation.harness.until(() => asked.yet);
      simulation.fleet.start();
      await writeWords(simulation, "b");
      await committed(simulation, 2);
      release();
      await simulation.harness.environment.scheduler.advanceBy(1_000);
      await checkStores(simulation);
    };
    expect(await finding(count(seed, false, script, confirmationMissing), checkStores)).toMatch(
      /with the rest of its changelog, is not its end state: b is undefined/u,
    );
    expect(await finding(count(seed, false, script), checkStores)).toBe("");
  });

  test("a transaction aborted though its end was asked for, by an end that comes in the next one", async () => {
    const script: Script = async (simulation) => {
      const { process } = await running(simulation);
      const late = new Deferred<() => Promise<unknown>>();
      process.intercept("commit", (send) => {
        late.resolve(send);
        return Promise.reject(new RetriableError("The answer was lost. Try again."));
      });
      await writeWords(simulation, "a");
      const comeLate = await simulation.harness.run(late.promise);
      const next = new Deferred<void>();
      process.intercept("sendOffsets", async (send) => {
        await comeLate().catch(() => undefined);
        next.resolve();
        return send();
      });
      await simulation.harness.run(next.promise);
    };
    expect(await finding(count(seed, true, script, unknownOutcomeAborted), checkWordCount)).toMatch(
      /An app has failed: .*No transaction is open|and counted/u,
    );
    expect(await finding(count(seed, true, script), checkWordCount)).toBe("");
  });
});

/** Plants it for the rest of the test. */
function storeOffsetsAcknowledgedLast(): void {
  const ends = new WeakMap<SendTracker, Map<string, number>>();
  const { acknowledged, markedOffset } = SendTracker.prototype;
  vi.spyOn(SendTracker.prototype, "acknowledged").mockImplementation(function (this: SendTracker, ...report) {
    const [{ topic, partition }, , records, baseOffset] = report;
    const of = ends.get(this) ?? new Map<string, number>();
    ends.set(this, of.set(`${topic}-${partition}`, baseOffset + records));
    acknowledged.apply(this, report);
  });
  vi.spyOn(SendTracker.prototype, "markedOffset").mockImplementation(function (this: SendTracker, topic, partition) {
    const marked = markedOffset.call(this, topic, partition);
    return marked === undefined ? undefined : (ends.get(this)?.get(`${topic}-${partition}`) ?? marked);
  });
}
