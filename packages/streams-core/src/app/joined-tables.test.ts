import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { StreamsBuilder, versionedStore } from "../dsl/index.js";
import type { KeyValueStore, Processor, ProcessorContext, StreamRecord } from "../model/index.js";
import { serdes } from "../serde/index.js";
import { keyValueStore } from "../stores/index.js";
import { AppHarness } from "../testing/app-harness.js";
import { Topology } from "../topology/index.js";

const text = { key: serdes.string, value: serdes.string };
const pair = (value: string | null, row: string | null): string => `${value}+${row}`;
let harness: AppHarness;

beforeEach(() => {
  harness = new AppHarness();
});

afterEach(() => harness.close());

/** Runs an app with nothing on disk until it has read all there is, and closes it. */
async function runOnce(topology: Topology, processingGuarantee: "at-least-once" | "exactly-once"): Promise<void> {
  const app = harness.makeApp(topology, { processingGuarantee });
  await harness.run(app.start());
  for (let round = 0; round < 3; round++) await harness.run(app.caughtUp());
  await harness.run(app.close());
}

const valuesOf = async (topic: string): Promise<readonly string[]> =>
  (await harness.read(topic)).map(([key, value]) => `${key}=${value}`);

describe.each(["at-least-once", "exactly-once"] as const)("Joins on the log, %s", (guarantee) => {
  test("see all partitions of a global table, loaded before the first record", async () => {
    const builder = new StreamsBuilder(text);
    const countries = builder.globalTable("countries", { store: "countries" });
    builder
      .stream("orders")
      .leftJoin(countries, pair, { on: (_, order) => order })
      .to("out");
    const topology = (): Topology => builder.build();
    await harness.createTopics({ orders: 1, countries: 3, out: 1 });
    await harness.produce("orders", [
      { key: "1", value: "de" },
      { key: "2", value: "fr" },
      { key: "3", value: "it" },
    ]);
    await harness.produce("countries", [
      { key: "de", value: "Germany", partition: 0 },
      { key: "fr", value: "France", partition: 1 },
      { key: "it", value: "Italy", partition: 2 },
      { key: "it", value: null, partition: 2 },
    ]);
    await runOnce(topology(), guarantee);
    expect(await valuesOf("out")).toEqual(["1=de+Germany", "2=fr+France", "3=it+null"]);
    await harness.produce("countries", [{ key: "it", value: "Italia", partition: 2 }]);
    await harness.produce("orders", [
      { key: "4", value: "it" },
      { key: "5", value: "de" },
    ]);
    await runOnce(topology(), guarantee);
    expect((await valuesOf("out")).slice(3)).toEqual(["4=it+Italia", "5=de+Germany"]);
  });

  test("of tables go on after a restart with nothing on disk", async () => {
    const builder = new StreamsBuilder(text);
    const joined = builder.table("left").outerJoin(builder.table("right"), pair, { store: "joined" });
    joined.toStream().to("out", { value: serdes.nullable(serdes.string) });
    await harness.createTopics({ left: 2, right: 2, out: 1 });
    await harness.produce("left", [
      { key: "a", value: "L1", partition: 0 },
      { key: "b", value: "L2", partition: 1 },
    ]);
    await runOnce(builder.build(), guarantee);
    await harness.produce("right", [
      { key: "a", value: "R1", partition: 0 },
      { key: "c", value: "R2", partition: 1 },
    ]);
    await harness.produce("left", [{ key: "b", value: null, partition: 1 }]);
    await runOnce(builder.build(), guarantee);
    expect(await harness.readTable("out")).toEqual({ a: "L1+R1", c: "null+R2" });
  });

  test("with grace keep the records that wait, with where they came from, over a restart with nothing on disk", async () => {
    const builder = new StreamsBuilder(text);
    const rows = builder.table("rows", { supplier: versionedStore("rows", { historyRetentionMs: 1000 }) });
    builder
      .stream("records")
      .leftJoin(rows, (value, row, _, { topic, offset }) => `${value}+${row} ${topic}:${offset}`, {
        graceMs: 10,
        name: "j",
      })
      .to("out");
    await harness.createTopics({ records: 1, rows: 1, out: 1 });
    await harness.produce("rows", [{ key: "a", value: "R5", timestamp: 5 }]);
    await harness.produce("records", [
      { key: "a", value: "S10", timestamp: 10 },
      { key: "a", value: "S10 again", timestamp: 10 },
      { key: "a", value: "S15", timestamp: 15 },
    ]);
    await runOnce(builder.build(), guarantee);
    expect(await valuesOf("out")).toEqual([]);
    await harness.produce("rows", [{ key: "a", value: "R8", timestamp: 8 }]);
    await runOnce(builder.build(), guarantee);
    // Another record of the same time must not take the place of one that waits; one too late does not wait.
    await harness.produce("records", [
      { key: "a", value: "S4", timestamp: 4 },
      { key: "a", value: "S10 late", timestamp: 10 },
      { key: "a", value: "S20", timestamp: 20 },
    ]);
    await runOnce(builder.build(), guarantee);
    expect(await valuesOf("out")).toEqual([
      "a=S4+null records:3",
      "a=S10+R8 records:0",
      "a=S10 again+R8 records:1",
      "a=S10 late+R8 records:4",
    ]);
  });
});

type Rows = KeyValueStore<string, string>;

/** Keeps what it gets. */
class Keep implements Processor<string, string> {
  #rows!: Rows;

  init(context: ProcessorContext): void {
    this.#rows = context.getStateStore<Rows>("prices");
  }

  process({ key, value }: StreamRecord<string, string | null>): void {
    this.#rows.put(key, value);
  }
}

/** Looks up what another keeps. */
class Price implements Processor<string, string, string, string> {
  #context!: ProcessorContext<string, string>;
  #rows!: Rows;

  init(context: ProcessorContext<string, string>): void {
    this.#context = context;
    this.#rows = context.getStateStore<Rows>("prices");
  }

  process(record: StreamRecord<string, string>): void {
    this.#context.forward(record.withValue(pair(record.value, this.#rows.get(record.key))));
  }
}

function pricing(): Topology {
  return new Topology(text)
    .addReadOnlyStateStore({
      store: keyValueStore({ name: "prices", ...text }),
      sourceName: "prices-source",
      topic: "prices",
      processorName: "prices-keeper",
      processor: () => new Keep(),
    })
    .addSource({ name: "orders", topics: "orders" })
    .addProcessor({ name: "price", processor: () => new Price(), parents: ["orders"] })
    .connectProcessorAndStateStores("price", ["prices"])
    .addSink({ name: "out", topic: "out", parents: ["price"] });
}

describe("A read-only store (KIP-813)", () => {
  test("has its topic for a backup: no changelog, and its rows are there after a restart", async () => {
    await harness.createTopics({ prices: 1, orders: 1, out: 1 });
    await harness.produce("prices", [
      { key: "ink", value: "3" },
      { key: "pen", value: "1" },
      { key: "pen", value: "2" },
    ]);
    await runOnce(pricing(), "exactly-once");
    await harness.produce("orders", [
      { key: "pen", value: "A" },
      { key: "ink", value: "B" },
      { key: "cap", value: "C" },
    ]);
    await runOnce(pricing(), "exactly-once");
    expect(await valuesOf("out")).toEqual(["pen=A+2", "ink=B+3", "cap=C+null"]);
    const topics = await harness.run(harness.cluster.admin().describeTopics(["app-prices-changelog"]));
    expect(topics.get("app-prices-changelog") ?? null).toBeNull();
  });

  test("is described as any other, and says which topic it is restored from", () => {
    const topology = pricing();
    expect(String(topology.describe())).toContain("Processor: prices-keeper (stores: [prices])");
    expect(topology.internalTopics("app").map(({ name }) => name)).toEqual(["prices"]);
  });

  test("is refused where its name or its topic is taken", () => {
    const options = {
      store: keyValueStore({ name: "prices", ...text }),
      sourceName: "s",
      topic: "more-prices",
      processorName: "p",
      processor: () => new Keep(),
    };
    expect(() => pricing().addReadOnlyStateStore(options)).toThrow(/different StateStore/u);
    const other = { ...options, store: keyValueStore({ name: "other", ...text }) };
    expect(() => pricing().addReadOnlyStateStore({ ...other, topic: "prices" })).toThrow(/prices/u);
    expect(() => pricing().addReadOnlyStateStore({ ...other, sourceName: "orders" })).toThrow(/already added/u);
  });
});
