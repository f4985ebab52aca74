import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { canStartBrokers, startBroker, type Cluster } from "@millrace/broker-harness";
import { systemRandomness } from "@millrace/kernel";
import { SeededRandomness } from "@millrace/kernel/testing";
import { kafka, Producer, readTopic, type KafkaClient } from "millrace";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CourierGenerator } from "../courier-generator.js";
import { courierSerde, positionTopic } from "../courier.js";
import { distanceFromOriginKm, transferredTopic } from "./topology.js";

const main = fileURLToPath(new URL("main.ts", import.meta.url));
const kills = 4;
const seed = Number(process.env["MILLRACE_SEED"] ?? systemRandomness.uint32());

describe.runIf(canStartBrokers)("the transfer on a broker", () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await startBroker();
  }, 120_000);
  afterAll(() => cluster?.close());

  function transfer(seconds: number): ChildProcess {
    const flags = ["--conditions=millrace-source", "--import", "tsx"];
    const options = ["--brokers", cluster.brokers.join(), "--seconds", String(seconds)];
    return spawn(process.execPath, [...flags, main, ...options], { stdio: ["ignore", "ignore", "inherit"] });
  }

  /** Reports positions until `end`, a few hundred at a time. */
  async function report(client: KafkaClient, end: AbortSignal): Promise<void> {
    await using producer = new Producer(client);
    const couriers = new CourierGenerator(50, 7);
    while (!end.aborted) {
      for (let index = 0; index < 200; index++) {
        const courier = couriers.next();
        const value = courierSerde.serialize(positionTopic, courier);
        await producer.post({ topic: positionTopic, key: courier.id, value });
      }
      await delay(50);
    }
    await producer.flush();
  }

  async function rows(client: KafkaClient, topic: string): Promise<string[]> {
    const all: string[] = [];
    for await (const { key, value } of readTopic(client, topic)) all.push(`${key} ${value}`);
    return all.sort();
  }

  const transferred = (row: string): string => {
    const at = row.indexOf(" ");
    const courier = courierSerde.deserialize(positionTopic, Buffer.from(row.slice(at + 1)));
    return `${row.slice(0, at)} ${JSON.stringify({ ...courier, distanceKm: distanceFromOriginKm(courier.position) })}`;
  };

  const title = `has each position in the output once after kills -9 at random moments (MILLRACE_SEED=${seed})`;
  it(title, { timeout: 400_000 }, async () => {
    const chance = new SeededRandomness(seed);
    await using client = kafka({ brokers: cluster.brokers });
    await client.admin().createTopics([positionTopic, transferredTopic].map((name) => ({ name, partitions: 4 })));
    const reported = new AbortController();
    const reporting = report(client, reported.signal);
    for (let kill = 0; kill < kills; kill++) {
      const before = (await rows(client, transferredTopic)).length;
      const child = transfer(600);
      const ended = once(child, "exit");
      // In its work, not before it: each life has to bring something over.
      await expect
        .poll(() => rows(client, transferredTopic).then((all) => all.length), { timeout: 90_000, interval: 500 })
        .toBeGreaterThan(before);
      await delay(chance.below(1_000));
      child.kill("SIGKILL");
      expect((await ended)[1]).toBe("SIGKILL");
    }
    reported.abort();
    await reporting;
    const last = transfer(1);
    expect((await once(last, "exit"))[0]).toBe(0);

    const input = await rows(client, positionTopic);
    expect(input.length).toBeGreaterThan(1_000);
    // Readers see what was committed last when its markers have arrived.
    await expect
      .poll(async () => (await rows(client, transferredTopic)).length, { timeout: 30_000 })
      .toBeGreaterThanOrEqual(input.length);
    expect(await rows(client, transferredTopic)).toEqual(input.map(transferred).sort());
  });
});
