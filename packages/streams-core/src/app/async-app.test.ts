import { Deferred, sleep } from "@millrace/kernel";
import { SeededRandomness } from "@millrace/kernel/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { StreamsBuilder, type AsyncNamed } from "../dsl/index.js";
import { serdes } from "../serde/index.js";
import { AppHarness, long } from "../testing/app-harness.js";
import { PausableEnvironment } from "../testing/pausable-environment.js";
import type { Topology } from "../topology/index.js";
import type { StreamsAppOptions } from "./app-options.js";
import { StreamsApp } from "./streams-app.js";

const guarantees = ["at-least-once", "exactly-once"] as const;
const asyncOptions: AsyncNamed = { concurrency: 4, retries: { max: 2, backOffMs: 5 } };

let harness: AppHarness;

beforeEach(() => {
  harness = new AppHarness();
});

afterEach(async () => {
  await harness.closeApps();
  // An instance that has crashed leaves a producer that cannot be closed cleanly.
  await harness.run(harness.cluster.close().catch(() => undefined));
});

function makeApp(topology: Topology, options: Partial<StreamsAppOptions> = {}): StreamsApp {
  return harness.makeApp(topology, { cacheMaxBytes: 0, ...options });
}

/** Values of "in", each asked about, to "out"; and how often each was seen to "counts". */
function asking(ask: (value: string) => Promise<string>, options = asyncOptions): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  const answers = builder.stream("in").mapValuesAsync(ask, { value: serdes.string, ...options });
  answers.to("out");
  answers
    .selectKey((_, value) => value)
    .groupByKey()
    .count({ store: "seen" })
    .toStream()
    .to("counts", { value: serdes.nullable(serdes.long) });
  return builder.build();
}

const keyed = (values: readonly string[]) => values.map((value, index) => ({ key: `k${index % 3}`, value }));

async function committedOffset(): Promise<number> {
  // Markers of transactions may still be on their way.
  await harness.environment.scheduler.advanceBy(500);
  const offsets = await harness.run(harness.cluster.admin().groupOffsets("app"));
  return [...offsets].find(([partition]) => partition.topic === "in")?.[1].offset ?? 0;
}

describe.each(guarantees)("asynchronous operators, %s", (processingGuarantee) => {
  test("give results in order, whatever their calls take, a few at a time", async () => {
    await harness.createTopics({ in: 1, out: 1, counts: 1 });
    const chance = new SeededRandomness(7);
    let running = 0;
    let mostRunning = 0;
    let failures = 20;
    const ask = async (value: string): Promise<string> => {
      mostRunning = Math.max(mostRunning, ++running);
      await sleep(harness.environment.scheduler, chance.below(50));
      running--;
      if (chance.below(5) === 0 && failures-- > 0) throw new Error("busy");
      return `${value}!`;
    };
    const values = Array.from({ length: 60 }, (_, index) => `v${index}`);
    const app = makeApp(asking(ask, { concurrency: 4, retries: { max: 20, backOffMs: 5 } }), { processingGuarantee });
    await harness.run(app.start());
    await harness.produce("in", keyed(values));
    await harness.run(app.caughtUp());
    expect((await harness.read("out")).map(([, value]) => value)).toEqual(values.map((value) => `${value}!`));
    expect(mostRunning).toBe(4);
    await harness.run(app.caughtUp());
    expect(await harness.readTable("counts", long)).toEqual(
      Object.fromEntries(values.map((value) => [`${value}!`, 1] as const).sort(([a], [b]) => (a < b ? -1 : 1))),
    );
  });

  test("are never committed past: a crash before the answer asks again", async () => {
    await harness.createTopics({ in: 1, out: 1, counts: 1 });
    const never = new Deferred<string>();
    const asked: string[] = [];
    const world = new PausableEnvironment(harness.environment);
    const stuck = (value: string): Promise<string> => {
      asked.push(value);
      return value === "b" ? never.promise : Promise.resolve(value);
    };
    const options = { ...asyncOptions, timeoutMs: 20_000 };
    const crashing = new StreamsApp(asking(stuck, options), {
      ...{ applicationId: "app", commitIntervalMs: 100 },
      client: harness.cluster.connect(world.environment),
      environment: world.environment,
      processingGuarantee,
    });
    await harness.run(crashing.start());
    await harness.produce("in", keyed(["a", "b", "c"]));
    await harness.environment.scheduler.advanceBy(2_000);
    expect(asked).toEqual(["a", "b", "c"]);
    expect(await committedOffset()).toBeLessThanOrEqual(1);
    world.pause();
    const again: string[] = [];
    const app = makeApp(
      asking(async (value) => {
        again.push(value);
        return value;
      }),
      { processingGuarantee },
    );
    await harness.run(app.start());
    await harness.run(app.caughtUp());
    await harness.run(app.caughtUp());
    expect(again).toEqual(expect.arrayContaining(["b", "c"]));
    expect(await committedOffset()).toBe(3);
    const counts = await harness.readTable("counts", long);
    if (processingGuarantee === "exactly-once") expect(counts).toEqual({ a: 1, b: 1, c: 1 });
    else expect(Object.keys(counts)).toEqual(["a", "b", "c"]);
  });

  test("that fail for good end the app; the next start asks again, and doubles nothing under exactly-once", async () => {
    await harness.createTopics({ in: 1, out: 1, counts: 1 });
    const values = ["a", "b", "bad", "c", "d", "e", "f"];
    await harness.produce("in", keyed(values));
    let poisoned = true;
    const ask = async (value: string): Promise<string> => {
      await sleep(harness.environment.scheduler, value === "bad" ? 1 : 30);
      if (poisoned && value === "bad") throw new Error("cannot do bad");
      return value;
    };
    const failing = makeApp(asking(ask), { processingGuarantee });
    const errors: unknown[] = [];
    failing.onError((error) => errors.push(error));
    failing.start().catch(() => undefined);
    await harness.until(() => failing.state === "ERROR");
    expect(errors[0]).toMatchObject({ code: "MILLRACE_PROCESSING", context: { topic: "in", offset: 2 } });
    expect(await committedOffset()).toBeLessThanOrEqual(2);
    poisoned = false;
    const app = makeApp(asking(ask), { processingGuarantee });
    await harness.run(app.start());
    await harness.run(app.caughtUp());
    await harness.run(app.caughtUp());
    const out = (await harness.read("out")).map(([, value]) => value);
    if (processingGuarantee === "exactly-once") expect(out).toEqual(values);
    else expect(new Set(out)).toEqual(new Set(values));
  });

  test("may take longer than transactions usually last", async () => {
    await harness.createTopics({ in: 1, out: 1, counts: 1 });
    const asked: string[] = [];
    const ask = async (value: string): Promise<string> => {
      asked.push(value);
      if (value !== "a") await sleep(harness.environment.scheduler, 25_000);
      return value;
    };
    const app = makeApp(asking(ask), { processingGuarantee });
    await harness.run(app.start());
    await harness.produce("in", keyed(["a", "b", "c"]));
    await harness.run(app.caughtUp());
    expect(asked).toEqual(["a", "b", "c"]);
    expect((await harness.read("out")).map(([, value]) => value)).toEqual(["a", "b", "c"]);
  });

  test("are waited for when the app closes", async () => {
    await harness.createTopics({ in: 1, out: 1, counts: 1 });
    const asked: string[] = [];
    const ask = async (value: string): Promise<string> => {
      asked.push(value);
      await sleep(harness.environment.scheduler, 1_000);
      return value;
    };
    const app = makeApp(asking(ask), { processingGuarantee, commitIntervalMs: 600_000 });
    await harness.run(app.start());
    await harness.produce("in", keyed(["a", "b"]));
    await harness.until(() => asked.length === 2);
    expect(await harness.run(app.close())).toBe(true);
    expect((await harness.read("out")).map(([, value]) => value)).toEqual(["a", "b"]);
    expect(await committedOffset()).toBe(2);
  });
});
