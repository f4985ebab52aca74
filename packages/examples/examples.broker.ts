import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  canStartBrokers,
  startBroker,
  startRegistry,
  type Cluster,
  type RegistryProcess,
} from "@millrace/broker-harness";
import { avroSerde, httpRegistry, type RegistrySerde, type SchemaRegistry } from "@millrace/schema-registry";
import {
  kafka,
  Producer,
  readTopic,
  serdes,
  type IncomingRecord,
  type KafkaClient,
  type Serde,
  type Windowed,
} from "millrace";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { avroPositionTopic, courierSerde, type Courier, type Place } from "./avro-courier.js";
import { couriersAtByMovesTopic, couriersAtTopic } from "./courier-by-location/topology.js";
import { CourierGenerator } from "./courier-generator.js";
import { positionText, rounded } from "./courier.js";
import { northTopic, restTopic } from "./position-branch/topology.js";
import { recount, type Counts, type Report } from "./position-count/recount.js";
import { countPerSecondTopics, countTopics, second } from "./position-count/topology.js";
import { roundedTopic } from "./position-rounding/topology.js";
import { swappedTopic } from "./position-swap/topology.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

let cluster: Cluster;
let schemas: RegistryProcess;
let client: KafkaClient;
let registry: SchemaRegistry;
let avro: RegistrySerde<unknown>;

beforeAll(async () => {
  if (!canStartBrokers) return;
  [cluster, schemas] = await Promise.all([startBroker(), startRegistry()]);
  client = kafka({ brokers: cluster.brokers });
  registry = httpRegistry({ url: schemas.url });
  avro = avroSerde({ registry });
}, 300_000);

afterAll(async () => {
  await client?.close();
  await registry?.close();
  await Promise.all([cluster?.close(), schemas?.close()]);
});

/** As the READMEs have it. */
async function run(name: string, ...options: readonly string[]): Promise<string> {
  const where = ["--brokers", cluster.brokers.join(), "--registry", schemas.url];
  const args = ["scripts/run.mjs", "example", name, ...options, ...where];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, maxBuffer: 1 << 26 });
  return stdout;
}

interface Row<K, V> {
  readonly key: K;
  /** Null: the row was deleted. */
  readonly value: V | null;
  readonly timestamp: number;
}

/** All rows of a topic, as another program finds them. */
async function read<K, V>(topic: string, key: Serde<K>, value: Serde<V>): Promise<Row<K, V>[]> {
  const records: IncomingRecord[] = [];
  for await (const record of readTopic(client, topic)) records.push(record);
  await avro.prepareFor(records.flatMap((record) => [record.key, record.value]));
  return records.map((record) => ({
    key: key.deserialize(topic, record.key!),
    value: record.value && value.deserialize(topic, record.value),
    timestamp: record.timestamp,
  }));
}

/** Reads records as they were written. */
const written = <T>() => avro as Serde<unknown> as Serde<T>;

const input = () => read(avroPositionTopic, serdes.string, written<Courier>());

async function reports(): Promise<Report[]> {
  return (await input()).map(({ value, timestamp }) => ({ courier: value!, timestamp }));
}

/** The last value of each key. */
function table<K, V>(rows: readonly Row<K, V>[], name: (key: K) => string): Record<string, V | null> {
  return Object.fromEntries(rows.map(({ key, value }) => [name(key), value]));
}

/** Reports that come out of order and late, one of them from the boundary. */
async function reportOutOfOrder(): Promise<void> {
  const courier = courierSerde(registry);
  await courier.open({ topics: [avroPositionTopic] });
  await using producer = new Producer(client);
  const generator = new CourierGenerator(5, 7);
  const startMs = Date.UTC(2026, 10, 21);
  const records = Array.from({ length: 500 }, (_, index) => {
    const report = index === 100 ? boundary : generator.next();
    const timestamp = startMs + index * 100 - ((index * 7_919) % 12_000);
    return { topic: avroPositionTopic, key: report.id, value: courier.serialize(avroPositionTopic, report), timestamp };
  });
  await producer.sendBatch(records);
}
const boundary: Courier = { id: "on-the-boundary", position: { latitude: 45, longitude: 9 } };

describe.runIf(canStartBrokers)("an example on a cluster with a schema registry", () => {
  const printed = /^position-avro {2}[\d:.]+ {2}courier-\d .*\n {4}-> /mu;
  const oneSecond = ["--seconds", "1"];

  beforeAll(async () => {
    await client.admin().createTopics([{ name: avroPositionTopic, partitions: 1 }]);
    await reportOutOfOrder();
  });

  test("avro-producer has all its reports in the topic, and their schema in the registry", async () => {
    const before = (await reports()).length;
    expect(await run("avro-producer", "--messages", "1000")).toMatch(/^1000 acknowledged, 0 lost, [^]*"Courier"/mu);
    expect((await reports()).length).toBe(before + 1_000);
    expect(await registry.versions("position-avro-value")).toEqual([1]);
  });

  test("position-rounding rounds every position and keeps every timestamp", checkRounding);

  async function checkRounding(): Promise<void> {
    expect(await run("position-rounding", ...oneSecond)).toMatch(printed);
    const expected = (await input()).map(({ key, value, timestamp }) => {
      return { key, value: { id: value!.id, position: rounded(value!.position) }, timestamp };
    });
    expect(await read(roundedTopic, serdes.string, written<Courier>())).toEqual(expected);
  }

  test("position-swap has the rounded position as key and the courier's id as value", async () => {
    expect(await run("position-swap", ...oneSecond)).toMatch(printed);
    const expected = (await input()).map(({ key, value, timestamp }) => {
      return { key: rounded(value!.position), value: key, timestamp };
    });
    expect(await read(swappedTopic, written<Place>(), serdes.string)).toEqual(expected);
  });

  test("position-branch sends what is north of 45.0 one way, and all others, 45.0 itself among them, the other", async () => {
    expect(await run("position-branch", ...oneSecond)).toMatch(printed);
    const all = await input();
    const isNorth = ({ value }: (typeof all)[number]) => value!.position.latitude > 45;
    expect(await read(northTopic, serdes.string, written<Courier>())).toEqual(all.filter(isNorth));
    const rest = await read(restTopic, serdes.string, written<Courier>());
    expect(rest).toEqual(all.filter((row) => !isNorth(row)));
    expect(rest.map(({ value }) => value)).toContainEqual(boundary);
  });

  test("position-count comes to what a recount of its input comes to, and counts on after a restart", async () => {
    for (const _ of ["first", "second"]) {
      expect(await run("position-count", ...oneSecond)).toMatch(printed);
      const expected = recount(await reports());
      for (const side of ["north", "rest"] as const) {
        const all = await read(countTopics[side], written<Place>(), serdes.long);
        expect(table(all, positionText)).toEqual(expected[side].all);
        const windowed = serdes.timeWindowed(written<Place>(), second.sizeMs);
        const perSecond = await read(countPerSecondTopics[side], windowed, serdes.long);
        expect(table(perSecond, windowText)).toEqual(expected[side].perSecond);
        // Some were too late for their second.
        expect(total(expected[side].perSecond)).toBeLessThan(total(expected[side].all));
      }
    }
    expect(await registry.subjects()).toContain("position-count-north-repartition-key");
  });

  const windowText = ({ key, startMs }: Windowed<Place>) => `${positionText(key)} from ${startMs}`;
  const total = (counts: Counts) => Object.values(counts).reduce((sum, count) => sum + count, 0);

  test.each([
    ["by table regrouping", [], couriersAtTopic],
    ["by moves", ["--moves"], couriersAtByMovesTopic],
  ])("courier-by-location, %s, never has a courier in two lists, and in the end in one", async (_, options, topic) => {
    expect(await run("courier-by-location", ...oneSecond, ...options)).toMatch(printed);
    const last = (await reports()).map(({ courier }) => [courier.id, positionText(rounded(courier.position))]);
    // Readers see what was committed last when its markers have arrived.
    await expect.poll(() => placesOf(topic), { timeout: 30_000 }).toEqual(Object.fromEntries(last));
  });

  /** The place of each courier, by the lists; none may be in two of them at any time. */
  async function placesOf(topic: string): Promise<Record<string, string>> {
    const lists = new Map<string, readonly string[]>();
    for (const { key, value } of await read(topic, written<Place>(), written<readonly string[]>())) {
      expect(value).not.toEqual([]);
      lists.set(positionText(key), value ?? []);
      const everywhere = [...lists.values()].flat();
      expect(new Set(everywhere).size).toBe(everywhere.length);
    }
    return Object.fromEntries([...lists].flatMap(([place, couriers]) => couriers.map((id) => [id, place])));
  }

  test("schema-evolution has version 2 taken and version 3 refused, whether for the first time or again", async () => {
    for (const _ of ["first", "second"]) {
      const said = await run("schema-evolution");
      expect(said).toMatch(
        /without a schema reads .*\}\}\n[^]*accepted\.\n.*without a schema reads .*"first_name":"Ada"\}\n/u,
      );
      expect(said).toMatch(/version 2 reads the first .*"first_name":"undefined"\}\n/u);
      expect(said).toMatch(/^ {2}refused, MILLRACE_INCOMPATIBLE_SCHEMA: .*vehicle_id/mu);
      expect(await registry.versions("position-avro-value")).toEqual([1, 2]);
    }
  });

  test("position-rounding, which knows version 1 only, goes on with records of version 2", checkRounding);
});
