import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { canStartBrokers, sharedBrokers, startRegistry, type RegistryProcess } from "@millrace/broker-harness";
import { kafka, Producer, readTopic, type KafkaClient } from "@millrace/kafka-client";
import { sleep, systemEnvironment, systemScheduler } from "@millrace/kernel";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { httpRegistry } from "../http/http-registry.js";
import type { SchemaRegistry } from "../port/schema-registry.js";
import type { CouriersAppOptions } from "./couriers-app.fixture.js";
import { courierSerdes } from "./couriers-topology.fixture.js";
import type { RegistrySerde } from "./registry-serde.js";

const program = fileURLToPath(new URL("./couriers-app.fixture.ts", import.meta.url));
const applicationId = `couriers-${systemEnvironment().randomness.uuid().slice(0, 8)}`;
const TOPICS = ["couriers", "cities", "counts", "places"];
const CITIES = ["Kiel", "Bonn", "Ulm"];
const COURIERS = 20;
const WAIT = { timeout: 60_000, interval: 200 };

let brokers: readonly string[];
let client: KafkaClient;
let process: RegistryProcess;
let registry: SchemaRegistry;
let app: ChildProcess;
let log = "";
/** Where each courier was last said to be. */
const positions = new Map<number, string>();

function startApp(): ChildProcess {
  const options: CouriersAppOptions = { brokers, registryUrl: process.url, applicationId };
  const flags = ["--conditions=millrace-source", "--import", "tsx"];
  const child = spawn(globalThis.process.execPath, [...flags, program, JSON.stringify(options)]);
  child.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
  return child;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const gone = once(child, "exit");
  child.kill(signal);
  await gone;
}

const serdes = { older: () => courierSerdes(registry), newer: () => courierSerdes(registry, true) };

/** Sends each courier to another city; `newer`: as a producer of the next version does. */
async function move(round: number, own = serdes.older()): Promise<void> {
  const keys = own.courierKey.forKeys();
  await keys.open({ topics: ["couriers"] });
  await own.courier.open({ topics: ["couriers"] });
  await using producer = new Producer(client);
  for (let id = 0; id < COURIERS; id++) {
    const city = CITIES[(id * 7 + round) % CITIES.length]!;
    positions.set(id, city);
    const value = own.courier.serialize("couriers", { city });
    await producer.send({ topic: "couriers", key: keys.serialize("couriers", { id }), value });
  }
}

async function tableOf<K, V>(topic: string, key: RegistrySerde<K>, value: RegistrySerde<V>): Promise<Map<string, V>> {
  const table = new Map<string, V>();
  const rows: { key: Uint8Array; value: Uint8Array | null }[] = [];
  for await (const row of readTopic(client, topic)) rows.push({ key: row.key!, value: row.value });
  await key.prepareFor(rows.map((row) => row.key));
  await value.prepareFor(rows.map((row) => row.value));
  for (const row of rows) {
    const name = JSON.stringify(key.deserialize(topic, row.key));
    if (row.value === null) table.delete(name);
    else table.set(name, value.deserialize(topic, row.value));
  }
  return table;
}

/** Waits until the tables are those of `positions`, and says what they are when they never come to be. */
async function untilTablesAreRight(): Promise<void> {
  const own = serdes.older();
  const wantedCounts = CITIES.map((city) => [city, [...positions.values()].filter((each) => each === city).length]);
  const wantedPlaces = [...positions].map(([id, city]) => [id, { city, country: `land of ${city}` }]);
  await vi.waitFor(async () => {
    const counts = await tableOf("counts", own.cityKey.forKeys(), own.count);
    const places = await tableOf("places", own.courierKey.forKeys(), own.place);
    const countsFound = CITIES.map((city) => [city, counts.get(JSON.stringify({ city }))?.count]);
    const placesFound = [...positions.keys()].map((id) => [id, places.get(JSON.stringify({ id }))]);
    expect(countsFound, log).toEqual(wantedCounts);
    expect(placesFound, log).toEqual(wantedPlaces);
  }, WAIT);
}

describe.runIf(canStartBrokers)("an app on Avro, on a real broker and a real registry", () => {
  beforeAll(async () => {
    brokers = sharedBrokers();
    client = kafka({ brokers });
    process = await startRegistry();
    registry = httpRegistry({ url: process.url });
    await client
      .admin()
      .createTopics(TOPICS.map((name) => ({ name, partitions: name === "cities" || name === "couriers" ? 2 : 1 })));
    const { cityKey, city } = serdes.older();
    await cityKey.forKeys().open({ topics: ["cities"] });
    await city.open({ topics: ["cities"] });
    await using producer = new Producer(client);
    for (const name of CITIES) {
      const key = cityKey.forKeys().serialize("cities", { city: name });
      await producer.send({ topic: "cities", key, value: city.serialize("cities", { country: `land of ${name}` }) });
    }
  }, 180_000);

  afterAll(async () => {
    if (app.exitCode === null && app.signalCode === null) await end(app, "SIGKILL");
    await client.close();
    await process.close();
  });

  it("counts exactly across a kill, a restore without a known schema, a registry that is away, and a new version", async () => {
    app = startApp();
    await move(0);
    await untilTablesAreRight();
    await move(1);
    await end(app, "SIGKILL");
    // The next one has to ask for all schemas of its stores, and cannot yet.
    process.pause();
    app = startApp();
    await sleep(systemScheduler, 3_000);
    process.resume();
    await untilTablesAreRight();
    // Away while a schema is to be learned from a record in the middle of the work.
    const newer = serdes.newer();
    await newer.courier.open({ topics: ["couriers"] });
    await newer.courierKey.forKeys().open({ topics: ["couriers"] });
    process.pause();
    await move(2, newer);
    await sleep(systemScheduler, 3_000);
    process.resume();
    await untilTablesAreRight();
    expect(log).not.toContain("SchemaNotPreparedError");
    await end(app, "SIGTERM");
  }, 180_000);
});
