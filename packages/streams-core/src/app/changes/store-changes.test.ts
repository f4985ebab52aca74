import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KafkaClient, StreamsProducer } from "@millrace/kafka-client";
import { Deferred } from "@millrace/kernel";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { StreamsBuilder, versionedStore, windows } from "../../dsl/index.js";
import { InvalidArgumentError } from "../../model/index.js";
import { serdes } from "../../serde/index.js";
import { AppHarness } from "../../testing/app-harness.js";
import { overlay } from "../../testing/simulator/overlay.js";
import type { Topology } from "../../topology/index.js";
import { ChangesOverflowError } from "../queries/query-errors.js";
import { queryable } from "../queries/queryable.js";
import type { StreamsApp } from "../streams-app.js";
import type { StoreChange } from "./store-change.js";

const names = {
  counts: queryable.keyValue<string, number>("counts"),
  byWindow: queryable.window<string, number>("by-window"),
};

function counting(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  const grouped = builder.stream("in").groupByKey();
  grouped.count({ store: "counts" });
  grouped.windowedBy(windows.tumbling({ sizeMs: 10 })).count({ store: "by-window" });
  return builder.build();
}

let harness: AppHarness;
let dir: string;

beforeEach(() => {
  harness = new AppHarness({ realIo: true });
  dir = mkdtempSync(join(tmpdir(), "millrace-changes-"));
});

afterEach(async () => {
  await harness.close();
  rmSync(dir, { recursive: true, force: true });
});

const produce = (keys: string, partition = 0) =>
  harness.produce(
    "in",
    [...keys].map((key, timestamp) => ({ key, value: "x", partition, timestamp })),
  );

/** Takes changes as they come, written as text: "a=1" was there, "a:1" is an update. */
function follow(changes: AsyncIterable<StoreChange<string, number>>) {
  const seen: string[] = [];
  const end = (async () => {
    for await (const { kind, key, value } of changes) seen.push(`${key}${kind === "snapshot" ? "=" : ":"}${value}`);
  })();
  end.catch(() => undefined);
  return { seen, end };
}

async function started(options: Parameters<AppHarness["makeApp"]>[1] = {}): Promise<StreamsApp> {
  await harness.createTopics({ in: 2 });
  const app = harness.makeApp(counting(), options);
  await harness.run(app.start());
  return app;
}

describe.each([
  ["at-least-once", "heap"],
  ["at-least-once", "leveldb"],
  ["exactly-once", "heap"],
  ["exactly-once", "leveldb"],
] as const)("changes, %s, %s", (processingGuarantee, engine) => {
  const options = () => ({ processingGuarantee, ...(engine === "heap" ? {} : { stateDir: dir }) });

  test("are the rows that are there, then each update, with no gap and none twice", async () => {
    const app = await started(options());
    await produce("aab");
    await harness.run(app.caughtUp());
    const { seen, end } = follow(app.changes(names.counts));
    await produce("ab");
    await produce("z", 1);
    await harness.run(app.caughtUp());
    await harness.until(() => seen.length === 5);
    expect([seen.slice(0, 2), seen.slice(2).sort()]).toEqual([
      ["a=2", "b=1"],
      ["a:3", "b:2", "z:1"],
    ]);
    await harness.run(app.close());
    await harness.run(end);
  });

  test("of a versioned store are its latest versions, and none of the past", async () => {
    await harness.createTopics({ prices: 1 });
    const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
    builder.table("prices", { supplier: versionedStore("prices", { historyRetentionMs: 1_000 }) });
    const app = harness.makeApp(builder.build(), options());
    await harness.run(app.start());
    const row = (key: string, value: string | null, timestamp: number) => ({ key, value, timestamp });
    await harness.produce("prices", [
      row("a", "old", 10),
      row("b", "gone", 11),
      row("a", "new", 20),
      row("b", null, 21),
    ]);
    await harness.run(app.caughtUp());
    const seen: unknown[] = [];
    const end = (async () => {
      const changes = app.changes(queryable.versioned<string, string>("prices"));
      for await (const { kind, key, value, timestamp } of changes) seen.push([kind, key, value, timestamp]);
    })();
    await harness.produce("prices", [row("a", "late", 15), row("b", "back", 30), row("a", null, 40)]);
    await harness.run(app.caughtUp());
    await harness.run(app.close());
    await harness.run(end);
    expect(seen).toEqual([
      ["snapshot", "a", "new", 20],
      ["update", "b", "back", 30],
      ["update", "a", null, 40],
    ]);
  });

  test("go on from the rows, one by one, whenever somebody begins to follow", async () => {
    const app = await started(options());
    const followers: ReturnType<typeof follow>[] = [];
    for (let round = 0; round < 20; round++) {
      await produce(round % 2 === 0 ? "abc" : "def", round % 2);
      followers.push(follow(app.changes(names.counts)));
      await harness.environment.scheduler.advanceBy(17);
    }
    await harness.run(app.caughtUp());
    await harness.run(app.close());
    for (const { seen, end } of followers) {
      await harness.run(end);
      for (const key of "abcdef") {
        const counts = seen.filter((change) => change.startsWith(key)).map((change) => Number(change.slice(2)));
        const first = counts[0] ?? 10;
        expect(counts).toEqual(Array.from({ length: 11 - first }, (_, index) => first + index));
      }
    }
  });

  test("can be followed before the start, and by several", async () => {
    await harness.createTopics({ in: 2 });
    const app = harness.makeApp(counting(), options());
    const one = follow(app.changes(names.counts));
    await harness.run(app.start());
    const two = follow(app.changes(names.counts));
    await produce("a");
    await harness.until(() => one.seen.length === 1 && two.seen.length === 1);
    expect([one.seen, two.seen]).toEqual([["a:1"], ["a:1"]]);
  });
});

test("under exactly-once nothing is told before it is committed, and nothing that is undone", async () => {
  const mayCommit = new Deferred<void>();
  const client = overlay<KafkaClient>(harness.cluster, {
    producer: (config) => {
      const producer = harness.cluster.producer(config);
      return overlay<StreamsProducer>(producer, {
        commit: async () => {
          await mayCommit.promise;
          await producer.commit();
        },
      });
    },
  });
  const app = await started({ processingGuarantee: "exactly-once", client });
  const early = follow(app.changes(names.counts));
  await produce("aa");
  const rows = app.store(names.counts);
  while ((await rows.get("a")) !== 2) await harness.environment.scheduler.advanceBy(10);
  await harness.environment.scheduler.advanceBy(1_000);
  const late = follow(app.changes(names.counts));
  await harness.environment.scheduler.advanceBy(1_000);
  expect([early.seen, late.seen]).toEqual([[], []]);
  mayCommit.resolve();
  await harness.run(app.caughtUp());
  await harness.until(() => late.seen.length === 1 && early.seen.length === 2);
  expect([early.seen, late.seen]).toEqual([["a:1", "a:2"], ["a=2"]]);
});

test("windows are followed by key and window; an observable begins anew for each subscriber and ends with the app", async () => {
  const app = await started();
  const { observable } = app.changes(names.byWindow);
  const seen: string[] = [];
  let ended = false;
  observable.subscribe({
    next: ({ key, value }) => seen.push(`${key.key}@${key.startMs}-${key.endMs}:${value}`),
    complete: () => (ended = true),
  });
  await produce("ab");
  await harness.until(() => seen.length === 2);
  expect(seen).toEqual(["a@0-10:1", "b@0-10:1"]);
  const again: string[] = [];
  const subscription = observable.subscribe(({ kind, key }) => again.push(`${kind} ${key.key}`));
  await harness.until(() => again.length === 2);
  expect(again).toEqual(["snapshot a", "snapshot b"]);
  subscription.unsubscribe();
  await produce("a");
  await harness.until(() => seen.length === 3);
  expect([again.length, ended]).toEqual([2, false]);
  await harness.run(app.close());
  expect(ended).toBe(true);
});

test("a loop that is left is fed no more", async () => {
  const app = await started();
  await produce("a");
  for await (const { key } of app.changes(names.counts)) {
    expect(key).toBe("a");
    break;
  }
  await produce("b");
  await harness.run(app.caughtUp());
});

describe("changes that nobody takes", () => {
  /** Changes of "a" to 6, "b" to 1 and "c" to 1 while the taker does something else, then all that it gets. */
  async function held(options: Parameters<StreamsApp["changes"]>[1]) {
    const app = await started();
    const changes = app.changes(names.counts, options)[Symbol.asyncIterator]();
    const first = changes.next();
    await produce("a");
    await harness.run(first);
    await produce("baaaaac");
    await harness.run(app.caughtUp());
    const { seen, end } = follow({ [Symbol.asyncIterator]: () => changes });
    await harness.run(app.close());
    return { app, seen, failure: await harness.run(end.then(() => null, (error: unknown) => error)) }; // prettier-ignore
  }

  test("end with an error when there are too many", async () => {
    const { failure } = await held({ bufferMax: 5 });
    expect(failure).toBeInstanceOf(ChangesOverflowError);
  });

  test("lose the oldest, and count them, when told so", async () => {
    const { seen, failure, app } = await held({ bufferMax: 5, overflow: "dropOldest" });
    expect([failure, seen.at(-1)]).toEqual([null, "c:1"]);
    const dropped = app.metrics().find(({ name }) => name === "changes-dropped-total");
    expect(seen.length + (dropped?.value ?? 0)).toBe(7);
  });

  test("are the last of each key when told so", async () => {
    const { seen, failure } = await held({ bufferMax: 5, overflow: "latestPerKey" });
    expect([failure, seen]).toEqual([null, ["b:1", "a:6", "c:1"]]);
  });
});

test("a roll-back tells the rows again", async () => {
  await harness.createTopics({ in: 1 });
  let poison = true;
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  builder
    .stream("in")
    .peek((key) => {
      if (key === "p" && poison) {
        poison = false;
        throw new Error("poison");
      }
    })
    .groupByKey()
    .count({ store: "counts" });
  const app = harness.makeApp(builder.build(), {
    processingGuarantee: "exactly-once",
    onUncaughtError: () => "replace-worker",
  });
  await harness.run(app.start());
  const { seen } = follow(app.changes(names.counts));
  await produce("a");
  await harness.run(app.caughtUp());
  await produce("bp");
  await harness.until(() => seen.includes("p:1"));
  expect(seen).toEqual(["a:1", "a=1", "b:1", "p:1"]);
});

test("a global store is followed from where it was loaded to", async () => {
  await harness.createTopics({ in: 1, names: 2 });
  await harness.produce("names", [{ key: "a", value: "1", partition: 1 }]);
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  builder.globalTable("names", { store: "names" });
  builder.stream("in").forEach(() => undefined);
  const app = harness.makeApp(builder.build(), { processingGuarantee: "exactly-once" });
  const seen: unknown[] = [];
  app.changes(queryable.keyValue<string, string>("names")).observable.subscribe((change) => seen.push(change));
  await harness.run(app.start());
  await harness.produce("names", [{ key: "b", value: "2", timestamp: 7 }]);
  await harness.until(() => seen.length === 2);
  expect(seen).toMatchObject([
    { kind: "snapshot", key: "a", value: "1", partition: null },
    { kind: "update", key: "b", value: "2", timestamp: 7, partition: null },
  ]);
});

test("what cannot be followed is refused", () => {
  const app = harness.makeApp(counting());
  expect(() => app.changes(names.counts, { bufferMax: 0 })).toThrow(InvalidArgumentError);
});
