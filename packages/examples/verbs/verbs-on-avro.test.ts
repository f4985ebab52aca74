import { avroSerde, inMemoryRegistry, type SchemaRegistry } from "@millrace/schema-registry";
import { embedded, Producer, readTopic, StreamsApp, type EmbeddedCluster } from "millrace";
import { TopologyTestDriver } from "millrace/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { columnsOf, inputOf, sections, shown, topologyOf, type Section, type SectionSerdes } from "./page.js";

// The topologies of docs/operators.md on Avro keys and values.

let cluster: EmbeddedCluster;
let registry: SchemaRegistry;
beforeEach(() => {
  cluster = embedded();
  registry = inMemoryRegistry();
});
afterEach(() => cluster.close());

/** The same registry, but one that has to be awaited: serdes cannot ask it in the middle of a record. */
const elsewhere = (): SchemaRegistry =>
  new Proxy(registry, {
    get(target, name) {
      if (name === "now") return undefined;
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });

const avro = (at: SchemaRegistry): SectionSerdes => ({
  string: avroSerde({ registry: at, schema: "string" }),
  long: avroSerde({ registry: at, schema: "long" }),
});

interface InputRow {
  readonly topic: string;
  readonly key: string;
  readonly value: string | null;
  readonly timestamp: number;
}

/** The input of a section, moment by moment. */
function inputsOf(section: Section): readonly (readonly InputRow[])[] {
  const columns = columnsOf(section);
  return section.rows.map(([time, ...cells]) =>
    columns.flatMap(({ topic, isInput }, at) => {
      const row = isInput ? inputOf(cells[at] ?? "") : null;
      return row === null ? [] : [{ ...row, topic, timestamp: Number(time) }];
    }),
  );
}

/** The records of each output topic, in order, as the page has them. */
function wantedOf(section: Section): readonly (readonly string[])[] {
  return columnsOf(section).flatMap(({ isInput }, at) =>
    isInput ? [] : [section.rows.flatMap((row) => row[at + 1]?.split(" <br> ").filter(Boolean) ?? [])],
  );
}

/** What was written to them. */
async function writtenOf(section: Section): Promise<readonly (readonly string[])[]> {
  const outputs: string[][] = [];
  for (const column of columnsOf(section, avro(registry))) {
    if (column.isInput) continue;
    const cells: string[] = [];
    for await (const { key, value, timestamp } of readTopic(cluster, column.topic)) {
      const record = {
        key: key && column.key.deserialize(column.topic, key),
        value: value && column.value.deserialize(column.topic, value),
        timestamp,
      };
      cells.push(shown(column, record));
    }
    outputs.push(cells);
  }
  return outputs;
}

async function produce(rows: readonly InputRow[]): Promise<void> {
  const { string: serde } = avro(registry);
  const keys = serde.forKeys?.() ?? serde;
  await using producer = new Producer(cluster);
  for (const { topic, key, value, timestamp } of rows) {
    await producer.send({
      ...{ topic, timestamp, key: keys.serialize(topic, key) },
      value: value === null ? null : serde.serialize(topic, value),
    });
  }
}

describe.each(sections.map((section) => [section.title, section] as const))("%s, on Avro", (_, section) => {
  it("gives the rows that the page shows, in an app, with nothing begun anew", async () => {
    for (const { topic } of columnsOf(section)) await cluster.admin().createTopics([{ name: topic, partitions: 1 }]);
    const [first = [], ...rest] = inputsOf(section);
    await produce(first);
    const errors: unknown[] = [];
    await using app = new StreamsApp(topologyOf(section.code, avro(elsewhere())), {
      ...{ applicationId: "app", client: cluster, cacheMaxBytes: 0, commitIntervalMs: 10 },
    });
    app.onError((error) => errors.push(error));
    await app.start();
    await app.caughtUp();
    for (const rows of rest) {
      await produce(rows);
      await app.caughtUp();
    }
    await vi.waitFor(async () => expect(await writtenOf(section)).toEqual(wantedOf(section)), 5_000);
    expect(errors).toEqual([]);
  }, 10_000);

  it("gives them in the test driver", async () => {
    const serdes = avro(registry);
    using driver = new TopologyTestDriver(topologyOf(section.code, serdes), { cacheMaxBytes: 0 });
    for (const { topic, key, value, timestamp } of inputsOf(section).flat()) {
      driver.createInputTopic(topic, { key: serdes.string, value: serdes.string }).pipeInput(key, value, { timestamp });
    }
    await driver.idle();
    driver.advanceWallClockTime(1_000);
    const outputs = columnsOf(section, serdes)
      .filter(({ isInput }) => !isInput)
      .map((column) => {
        const records = driver.createOutputTopic(column.topic, column).readAllRecords();
        return records.map((record) => shown(column, record));
      });
    expect(outputs).toEqual(wantedOf(section));
  });
});
