import { embedded, readTopic, type EmbeddedCluster } from "@millrace/kafka-client";
import { silentLogger, systemEnvironment } from "@millrace/kernel";
import {
  fromObservable,
  logAndContinue,
  queryable,
  serdes,
  StreamsApp,
  StreamsBuilder,
  toObservable,
  type StreamsAppOptions,
  type Subscribable,
  type Topology,
} from "@millrace/streams-core";
import { afterEach, beforeEach, expect, it } from "vitest";
import { avroSerde } from "../avro/avro-serde.js";
import { RegistryUnavailableError } from "../errors.js";
import { inMemoryRegistry } from "../memory/in-memory-registry.js";
import type { RegistrySerde } from "./registry-serde.js";

const environment = systemEnvironment({ logger: silentLogger });
let cluster: EmbeddedCluster;
beforeEach(() => {
  cluster = embedded();
});
afterEach(() => cluster.close());

const id = { name: "id", type: "string" };
const nick = { name: "nick", type: "string", default: "-" };
const record = (...fields: readonly object[]) => ({ type: "record", name: "Courier", fields });

async function produce(topic: string, values: readonly Uint8Array[]): Promise<void> {
  const producer = cluster.producer({});
  await producer.init();
  values.forEach((value, index) => producer.append(topic, 0, Buffer.from(`k${index}`), value, index));
  await producer.flush();
  await producer.close();
}

async function run(builder: { build(): Topology }, options: Partial<StreamsAppOptions> = {}): Promise<void> {
  await using app = new StreamsApp(builder.build(), { applicationId: "app", client: cluster, environment, ...options });
  await app.start();
  await app.caughtUp();
}

async function valuesOf<T>(topic: string, serde: RegistrySerde<T>): Promise<T[]> {
  const values: Uint8Array[] = [];
  for await (const { value } of readTopic(cluster, topic)) values.push(value!);
  await serde.prepareFor(values);
  return values.map((value) => serde.deserialize(topic, value));
}

it("reads records of all versions, in order, from a registry that takes its time and fails now and then", async () => {
  await cluster.admin().createTopics([
    { name: "couriers", partitions: 1 },
    { name: "out", partitions: 1 },
  ]);
  let calls = 0;
  const before = () => {
    if (calls++ % 2 === 0) throw new RegistryUnavailableError("down");
  };
  const registry = inMemoryRegistry({ faults: { latencyMs: 2, before } });
  const older = avroSerde<{ id: string }>({ registry, schema: record(id) });
  const newer = avroSerde<{ id: string; nick: string }>({ registry, schema: record(id, nick) });
  for (const serde of [older, newer]) {
    await serde.open({ topics: ["couriers"] }).catch(() => serde.open({ topics: ["couriers"] }));
  }
  await produce("couriers", [
    older.serialize("couriers", { id: "a" }),
    newer.serialize("couriers", { id: "b", nick: "B" }),
    Buffer.from("0000000063", "hex"), // an id that no schema has
    Buffer.from("{}"),
    older.serialize("couriers", { id: "c" }),
  ]);
  const value = avroSerde<{ id: string; nick: string }>({ registry, schema: record(id, nick) });
  const builder = new StreamsBuilder({ key: serdes.string, value });
  builder.stream("couriers").to("out");
  await run(builder as never, { errors: { deserialization: logAndContinue } });
  expect(await valuesOf("out", value).catch(() => valuesOf("out", value))).toEqual([
    { id: "a", nick: "-" },
    { id: "b", nick: "B" },
    { id: "c", nick: "-" },
  ]);
  calls = 1; // The next call goes well.
  expect(await registry.subjects()).toEqual(["couriers-value", "out-value"]);
});

it("does not start where the registry refuses what it would write", async () => {
  await cluster.admin().createTopics([
    { name: "couriers", partitions: 1 },
    { name: "out", partitions: 1 },
  ]);
  const registry = inMemoryRegistry();
  avroSerde<unknown>({ registry, schema: record(id) }).serialize("out", { id: "a" });
  const value = avroSerde<unknown>({ registry, schema: record(id, { name: "vehicle_id", type: "int" }) });
  const builder = new StreamsBuilder({ key: serdes.string, value });
  builder.stream("couriers").to("out");
  await expect(run(builder)).rejects.toMatchObject({ code: "MILLRACE_INCOMPATIBLE_SCHEMA", subject: "out-value" });
});

it("serves observables, changes and questions to stores by Avro keys, from a registry that has to be asked", async () => {
  await cluster.admin().createTopics(["couriers", "out"].map((name) => ({ name, partitions: 1 })));
  const registry = inMemoryRegistry({ faults: {} });
  const serdesOf = () => ({
    key: avroSerde<{ id: string }>({ registry, schema: record(id) }),
    value: avroSerde<{ nick: string }>({ registry, schema: record(nick) }),
  });
  const rows = ["a", "b"].map((name) => ({ key: { id: name }, value: { nick: name }, timestamp: 1 }));
  const couriers: Subscribable<(typeof rows)[number]> = {
    subscribe(observer) {
      for (const row of rows) observer.next(row);
      observer.complete();
      return { unsubscribe: () => undefined };
    },
  };
  expect(await fromObservable(couriers, cluster, { topic: "couriers", ...serdesOf() })).toBe(2);
  const builder = new StreamsBuilder(serdesOf());
  builder.table("couriers", { store: "couriers" }).toStream().to("out");
  await using app = new StreamsApp(builder.build(), { applicationId: "app", client: cluster, environment });
  const store = queryable.keyValue<{ id: string }, { nick: string }>("couriers");
  const changes = app.changes(store, { overflow: "latestPerKey" })[Symbol.asyncIterator]();
  await app.start();
  await app.caughtUp();
  expect([await app.store(store).get({ id: "b" }), await app.store(store).get({ id: "c" })]).toEqual([
    { nick: "b" },
    null,
  ]);
  expect(await app.metadataForKey(store, { id: "b" })).toMatchObject({ partition: 0, local: "active" });
  const seen = [await changes.next(), await changes.next()].map(({ value }) => (value as { key: unknown }).key);
  expect(seen).toEqual([{ id: "a" }, { id: "b" }]);
  const read: unknown[] = [];
  await new Promise<void>((resolve, reject) => {
    const subscription = toObservable(cluster, { topic: "out", ...serdesOf() }).subscribe({
      next(row) {
        if (read.push(row) < rows.length) return;
        subscription.unsubscribe();
        resolve();
      },
      error: reject,
    });
  });
  expect(read).toEqual(rows);
  expect(await registry.subjects()).toEqual(
    expect.arrayContaining(["couriers-key", "couriers-value", "out-key", "out-value"]),
  );
});
