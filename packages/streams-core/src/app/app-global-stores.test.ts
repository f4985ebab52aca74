import { afterEach, beforeEach, expect, test } from "vitest";
import { MissingTopicError } from "@millrace/kafka-client";
import type { KeyValueStore, Processor, ProcessorContext, StreamRecord } from "../model/index.js";
import { serdes } from "../serde/index.js";
import { keyValueStore } from "../stores/index.js";
import { AppHarness } from "../testing/app-harness.js";
import { Topology } from "../topology/index.js";
import { queryable } from "./queries/queryable.js";

const text = { key: serdes.string, value: serdes.string };
let harness: AppHarness;

beforeEach(() => {
  harness = new AppHarness();
});

afterEach(() => harness.close());

/** Keeps what comes in the global store. */
class Keep implements Processor<string, string> {
  #store!: KeyValueStore<string, string>;
  init(context: ProcessorContext): void {
    this.#store = context.getStateStore("names");
  }
  process({ key, value }: StreamRecord<string, string>): void {
    this.#store.put(key, value);
  }
}

/** Looks each value up in the global store. */
class Name implements Processor<string, string, string, string> {
  #context!: ProcessorContext<string, string>;
  #store!: KeyValueStore<string, string>;
  init(context: ProcessorContext<string, string>): void {
    this.#context = context;
    this.#store = context.getStateStore("names");
  }
  process(record: StreamRecord<string, string>): void {
    this.#context.forward(record.withValue(this.#store.get(record.value) ?? "unknown"));
  }
}

function naming(): Topology {
  const topology = new Topology(text)
    .addSource({ name: "source", topics: "in" })
    .addProcessor({ name: "name", processor: () => new Name(), parents: ["source"] })
    .addSink({ name: "sink", topic: "out", parents: ["name"] });
  return topology.addGlobalStore({
    store: keyValueStore({ name: "names", ...text, logging: false }),
    sourceName: "names-source",
    topic: "names",
    processorName: "names-keep",
    processor: () => new Keep(),
  });
}

test("a global store is loaded from all partitions before the first record, and followed after", async () => {
  await harness.createTopics({ in: 1, out: 1, names: 2 });
  await harness.produce("names", [
    { key: "1", value: "one", partition: 0 },
    { key: "2", value: "two", partition: 1 },
  ]);
  await harness.produce("in", [
    { key: "a", value: "1" },
    { key: "b", value: "2" },
    { key: "c", value: "3" },
  ]);
  const app = harness.makeApp(naming());
  await harness.run(app.start());
  await harness.run(app.caughtUp());
  await harness.produce("names", [{ key: "3", value: "three" }]);
  const names = app.store(queryable.keyValue<string, string>("names"));
  while ((await names.get("3")) !== "three") await harness.environment.scheduler.advanceBy(10);
  await harness.produce("in", [{ key: "d", value: "3" }]);
  await harness.run(app.caughtUp());
  expect(await harness.read("out")).toEqual([
    ["a", "one"],
    ["b", "two"],
    ["c", "unknown"],
    ["d", "three"],
  ]);
});

test("the topic of a global store must exist", async () => {
  await harness.createTopics({ in: 1, out: 1 });
  await expect(harness.run(harness.makeApp(naming()).start())).rejects.toThrow(MissingTopicError);
});

test("an app closes while it loads a global store", async () => {
  await harness.createTopics({ in: 1, out: 1, names: 1 });
  const app = harness.makeApp(naming());
  const starting = app.start();
  await harness.environment.scheduler.settle();
  const closing = app.close();
  await expect(harness.run(starting)).rejects.toMatchObject({ code: "MILLRACE_APP_CLOSED" });
  expect(await harness.run(closing)).toBe(true);
});
