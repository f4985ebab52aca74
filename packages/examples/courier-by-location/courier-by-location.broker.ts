import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  canStartBrokers,
  startBroker,
  startRegistry,
  type Cluster,
  type RegistryProcess,
} from "@millrace/broker-harness";
import { systemRandomness } from "@millrace/kernel";
import { SeededRandomness } from "@millrace/kernel/testing";
import { httpRegistry, type RegistrySerde, type SchemaRegistry } from "@millrace/schema-registry";
import { kafka, Producer, readTopic, tp, type KafkaClient } from "millrace";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { avroPositionTopic, courierSerde, placeSerde } from "../avro-courier.js";
import { CourierGenerator } from "../courier-generator.js";
import { positionText, rounded } from "../courier.js";
import { couriersAtByMovesTopic, couriersAtTopic, idsSerde } from "./topology.js";

const main = fileURLToPath(new URL("main.ts", import.meta.url));
const partitions = 4;
const seed = Number(process.env["MILLRACE_SEED"] ?? systemRandomness.uint32());

interface Form {
  readonly group: string;
  readonly options: readonly string[];
  readonly topic: string;
}
const forms: readonly Form[] = [
  { group: "courier-by-location", options: [], topic: couriersAtTopic },
  { group: "courier-by-location-by-moves", options: ["--moves"], topic: couriersAtByMovesTopic },
];

describe.runIf(canStartBrokers)("couriers by location on a broker", () => {
  let cluster: Cluster;
  let schemas: RegistryProcess;
  let client: KafkaClient;
  let registry: SchemaRegistry;

  beforeAll(async () => {
    [cluster, schemas] = await Promise.all([startBroker(), startRegistry()]);
    client = kafka({ brokers: cluster.brokers });
    registry = httpRegistry({ url: schemas.url });
    const names = [avroPositionTopic, ...forms.map(({ topic }) => topic)];
    await client.admin().createTopics(names.map((name) => ({ name, partitions })));
  }, 300_000);
  afterAll(async () => {
    await client?.close();
    await registry?.close();
    await Promise.all([cluster?.close(), schemas?.close()]);
  });

  function start({ options }: Form, seconds: number): ChildProcess {
    const flags = ["--conditions=millrace-source", "--import", "tsx"];
    const where = ["--brokers", cluster.brokers.join(), "--registry", schemas.url];
    const args = [...flags, main, ...options, ...where, "--seconds", String(seconds)];
    return spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
  }

  async function kill(child: ChildProcess): Promise<void> {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    expect((await ended)[1]).toBe("SIGKILL");
  }

  /** Reports positions until `end`, those of a courier always to the same partition. */
  async function report(end: AbortSignal): Promise<void> {
    const courier = courierSerde(registry);
    await courier.open({ topics: [avroPositionTopic] });
    await using producer = new Producer(client);
    const generator = new CourierGenerator(30, seed);
    while (!end.aborted) {
      for (let index = 0; index < 20; index++) {
        const next = generator.next();
        const value = courier.serialize(avroPositionTopic, next);
        await producer.post({ topic: avroPositionTopic, key: next.id, value });
      }
      await delay(50);
    }
    await producer.flush();
  }

  /** Waits until both members have a share and more has come out. */
  async function comesOut({ group, topic }: Form, members: number): Promise<void> {
    const consumer = client.restoreConsumer({ isolation: "read_committed" });
    const all = Array.from({ length: partitions }, (_, partition) => tp(topic, partition));
    const length = async () => {
      const ends = await consumer.endOffsets(all, "read_committed");
      return [...ends.values()].reduce((sum, end) => sum + end, 0);
    };
    const described = async () => (await client.admin().describeGroups([group]))[0];
    const settled = { state: "Stable", members: expect.objectContaining({ length: members }) };
    const patience = { timeout: 90_000, interval: 250 };
    await expect.poll(described, patience).toMatchObject(settled);
    const before = await length();
    await expect.poll(length, patience).toBeGreaterThan(before);
    await consumer.close();
  }

  /** Rebalances and ends of all kinds, while couriers move. */
  async function live(form: Form, chance: SeededRandomness): Promise<void> {
    const first = start(form, 600);
    await comesOut(form, 1);
    const second = start(form, 600);
    await comesOut(form, 2);
    await delay(chance.below(500));
    await kill(first);
    await comesOut(form, 1);
    const third = start(form, 600);
    await comesOut(form, 2);
    await delay(chance.below(500));
    await Promise.all([kill(second), kill(third)]);
  }

  async function readAll<T>(topic: string, value: RegistrySerde<T>, onRow: (key: Buffer, value: T | null) => void) {
    for await (const record of readTopic(client, topic)) {
      await value.prepareFor([record.value]);
      onRow(record.key!, record.value && value.deserialize(topic, record.value));
    }
  }

  /** Where each courier reported from last. */
  async function lastPlaces(): Promise<Record<string, string>> {
    const last: Record<string, string> = {};
    await readAll(avroPositionTopic, courierSerde(registry), (key, courier) => {
      last[String(key)] = positionText(rounded(courier!.position));
    });
    return last;
  }

  /** Each courier with the places whose list it is in. */
  async function listed(topic: string): Promise<Record<string, readonly string[]>> {
    const place = placeSerde(registry);
    const lists = new Map<string, readonly string[]>();
    for await (const { key } of readTopic(client, topic)) await place.prepareFor([key]);
    await readAll(topic, idsSerde(registry), (key, ids) => {
      const at = positionText(place.deserialize(topic, key));
      if (ids === null) lists.delete(at);
      else lists.set(at, ids);
    });
    const places: Record<string, string[]> = {};
    for (const [at, ids] of lists) for (const id of ids) (places[id] ??= []).push(at);
    return places;
  }

  const title = `each courier is in one list after rebalances and kills -9, whichever the form (MILLRACE_SEED=${seed})`;
  it(title, { timeout: 400_000 }, async () => {
    const chance = new SeededRandomness(seed);
    const reported = new AbortController();
    const reporting = report(reported.signal);
    await Promise.all(forms.map((form) => live(form, chance))).finally(() => reported.abort());
    await reporting;
    for (const form of forms) {
      const last = start(form, 1);
      expect((await once(last, "exit"))[0]).toBe(0);
      const expected = Object.entries(await lastPlaces()).map(([id, place]) => [id, [place]]);
      // Readers see what was committed last when its markers have arrived.
      await expect.poll(() => listed(form.topic), { timeout: 30_000 }).toEqual(Object.fromEntries(expected));
    }
  });
});
