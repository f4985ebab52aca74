import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { StreamsBuilder } from "../dsl/index.js";
import {
  logAndContinue,
  type KeyValueStore,
  type Processor,
  type ProcessorContext,
  type ProductionErrorContext,
  type StreamRecord,
} from "../model/index.js";
import { serdes } from "../serde/index.js";
import { keyValueStore } from "../stores/index.js";
import { AppHarness } from "../testing/app-harness.js";
import { Topology } from "../topology/index.js";
import { queryable } from "./queries/queryable.js";

const text = { key: serdes.string, value: serdes.string };
let harness: AppHarness;

beforeEach(() => {
  harness = new AppHarness({ transactionMarkerDelayMs: 40 });
});

afterEach(() => harness.close());

/** Copies "in" to the topic that each value names; "bad" throws. */
function routing(): Topology {
  const builder = new StreamsBuilder(text);
  builder
    .stream("in")
    .peek((_, value) => {
      if (value === "bad") throw new Error("bad value");
    })
    .to((_, value) => value);
  return builder.build();
}

const rows = (...values: readonly string[]) => values.map((value) => ({ key: "k", value }));
const skip = { deserialization: logAndContinue, processing: logAndContinue, production: logAndContinue };

describe.each(["at-least-once", "exactly-once"] as const)("dead letters, %s", (processingGuarantee) => {
  test("are committed with the offsets of the records they are about", async () => {
    await harness.createTopics({ in: 1, out: 1, dead: 3 });
    await harness.produce("in", rows("out", "bad", "out"));
    const app = harness.makeApp(routing(), { processingGuarantee, errors: { ...skip, deadLetterTopic: "dead" } });
    await harness.run(app.start());
    await harness.run(app.caughtUp());
    expect(await harness.read("dead")).toEqual([["k", "bad"]]);
    expect(await harness.read("out")).toEqual([
      ["k", "out"],
      ["k", "out"],
    ]);
  });

  test("go away with a transaction that is not committed", async () => {
    await harness.createTopics({ in: 1, out: 1, dead: 1 });
    await harness.produce("in", rows("bad"));
    const app = harness.makeApp(routing(), { processingGuarantee, errors: { deadLetterTopic: "dead" } });
    app.start().catch(() => undefined);
    await harness.until(() => app.state === "ERROR");
    const letters = processingGuarantee === "exactly-once" ? [] : [["k", "bad"]];
    expect(await harness.read("dead")).toEqual(letters);
  });

  test("are written for records whose topic does not exist", async () => {
    await harness.createTopics({ in: 1, out: 1, dead: 1 });
    await harness.produce("in", rows("nowhere", "out"));
    const seen: unknown[] = [];
    const production = (context: ProductionErrorContext): "continue" => {
      const { topic, offset, nodeName, targetTopic, failed, retriable } = context;
      seen.push([topic, offset, nodeName, targetTopic, failed, retriable]);
      return "continue";
    };
    const app = harness.makeApp(routing(), { processingGuarantee, errors: { production, deadLetterTopic: "dead" } });
    await harness.run(app.start());
    await harness.run(app.caughtUp());
    expect(seen).toEqual([["in", 0, "KSTREAM-SINK-0000000002", "nowhere", "send", false]]);
    expect(await harness.read("dead")).toEqual([["k", "nowhere"]]);
    expect(await harness.read("out")).toEqual([["k", "out"]]);
    expect(app.metrics()).toContainEqual(expect.objectContaining({ name: "dropped-records-total", value: 1 }));
  });

  test("that cannot be written end the app, whatever the handler says", async () => {
    await harness.createTopics({ in: 1, out: 1, dead: 1 });
    const app = harness.makeApp(routing(), { processingGuarantee, errors: { ...skip, deadLetterTopic: "dead" } });
    const errors: unknown[] = [];
    app.onError((error) => errors.push(error));
    await harness.run(app.start());
    await harness.run(harness.cluster.admin().deleteTopics(["dead"]));
    await harness.produce("in", rows("bad"));
    await harness.until(() => app.state === "ERROR");
    expect(errors.at(-1)).toMatchObject({
      code: "MILLRACE_PRODUCTION",
      message: expect.stringContaining("the dead-letter topic"),
    });
  });
});

test("a dead-letter topic that does not exist is found out at the start", async () => {
  await harness.createTopics({ in: 1, out: 1 });
  const app = harness.makeApp(routing(), { errors: { deadLetterTopic: "dead" } });
  await expect(harness.run(app.start())).rejects.toThrow("The dead-letter topic dead does not exist.");
});

describe("global stores", () => {
  class Keep implements Processor<string, string> {
    #store!: KeyValueStore<string, string>;
    init(context: ProcessorContext): void {
      this.#store = context.getStateStore("names");
    }
    process({ key, value }: StreamRecord<string, string>): void {
      if (value === "bad") throw new Error("bad name");
      this.#store.put(key, value);
    }
  }
  const keeping = (): Topology =>
    new Topology(text).addGlobalStore({
      store: keyValueStore({ name: "names", ...text, logging: false }),
      sourceName: "names-source",
      topic: "names",
      processorName: "names-keep",
      processor: () => new Keep(),
    });

  test("ask the processing handler only if told to (KIP-1270)", async () => {
    await harness.createTopics({ names: 1 });
    await harness.produce("names", rows("bad", "good"));
    await expect(harness.run(harness.makeApp(keeping(), { errors: skip }).start())).rejects.toThrow("bad name");
    const app = harness.makeApp(keeping(), { errors: { ...skip, processingOfGlobalStores: true } });
    await harness.run(app.start());
    expect(await app.store(queryable.keyValue("names")).get("k")).toBe("good");
  });

  test("ask the deserialization handler: by default, what cannot be read ends the app", async () => {
    const reading = (): Topology =>
      new Topology({ key: serdes.string, value: serdes.long }).addGlobalStore({
        store: keyValueStore({ name: "names", key: serdes.string, value: serdes.long, logging: false }),
        sourceName: "names-source",
        topic: "names",
        processorName: "names-keep",
        processor: () => new Keep() as never,
      });
    await harness.createTopics({ names: 1 });
    await harness.produce("names", rows("no long"));
    await expect(harness.run(harness.makeApp(reading()).start())).rejects.toThrow(
      "cannot read the record at names-0 offset 0",
    );
    await harness.run(harness.makeApp(reading(), { errors: skip }).start());
  });
});
