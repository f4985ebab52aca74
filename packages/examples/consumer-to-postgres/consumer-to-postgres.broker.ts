import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  canStartBrokers,
  PostgresUnavailableError,
  startBroker,
  startPostgres,
  type Cluster,
  type Postgres,
} from "@millrace/broker-harness";
import { kafka, Producer, readTopic, type KafkaClient, type KafkajsClient } from "millrace";
import { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CourierGenerator } from "../courier-generator.js";
import { courierSerde, positionTopic } from "../courier.js";
import { PositionTable, type PositionRow } from "./position-table.js";

const main = fileURLToPath(new URL("main.ts", import.meta.url));

const database: Postgres | undefined = await startPostgres().catch((error: unknown) => {
  if (!(error instanceof PostgresUnavailableError)) throw error;
  console.log(`consumer-to-postgres: skipped, ${error.message}`);
  return undefined;
});
afterAll(() => database?.close());

const flags = ["--conditions=millrace-source", "--import", "tsx"];

it.runIf(database !== undefined)("writes each record of the embedded log once while members come and go", async () => {
  const options = ["--postgres", database!.url, "--seconds", "3"];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, main, ...options]);
  expect(stdout).toMatch(/^member-1: revoked position-/mu);
  const [, records, rows] = /^(\d+) records in the topic, (\d+) rows in the table$/mu.exec(stdout)!;
  expect(Number(records)).toBeGreaterThan(10);
  expect(rows).toBe(records);
});

describe.runIf(canStartBrokers && database !== undefined)("the group that writes to PostgreSQL", () => {
  let cluster: Cluster;
  let client: KafkajsClient;
  let log = "";

  beforeAll(async () => {
    cluster = await startBroker();
    client = kafka({ brokers: cluster.brokers });
    await client.admin().createTopics([{ name: positionTopic, partitions: 6 }]);
  }, 120_000);
  afterAll(async () => {
    await client?.close();
    await cluster?.close();
  });

  /** As the README has it, in a process of its own. */
  function member(name: string): ChildProcess {
    const options = ["--member", name, "--brokers", cluster.brokers.join(), "--postgres", database!.url];
    const child = spawn(process.execPath, [...flags, main, ...options], { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (log += text));
    }
    return child;
  }

  async function report(end: AbortSignal): Promise<void> {
    await using producer = new Producer(client);
    const couriers = new CourierGenerator(50, 3);
    while (!end.aborted) {
      for (let index = 0; index < 50; index++) {
        const courier = couriers.next();
        const value = courierSerde.serialize(positionTopic, courier);
        await producer.post({ topic: positionTopic, key: courier.id, value });
      }
      await delay(50);
    }
    await producer.flush();
  }

  it(
    "has each record once over kills, members that come and go, and a broker that restarts",
    { timeout: 500_000 },
    async () => {
      await using table = await PositionTable.open(database!.url, await client.clusterId());
      const rows = async () => (await table.rows()).length;
      const grows = async () => {
        const before = await rows();
        await expect.poll(rows, { timeout: 120_000, interval: 500, message: log }).toBeGreaterThan(before + 100);
      };
      const ended = new AbortController();
      const reporting = report(ended.signal);

      const first = member("first");
      await grows();
      const second = member("second");
      await expect.poll(() => log, { timeout: 120_000 }).toMatch(/second: assigned position-/u);
      expect(log).toMatch(/first: revoked position-/u);

      const firstEnds = once(first, "exit");
      first.kill("SIGKILL");
      expect((await firstEnds)[1]).toBe("SIGKILL");
      const third = member("third");
      await expect.poll(() => log, { timeout: 120_000 }).toMatch(/third: assigned position-/u);

      await cluster.nodes[0]!.kill();
      await cluster.nodes[0]!.start();
      await grows();

      const secondEnds = once(second, "exit");
      second.kill("SIGTERM");
      expect((await secondEnds)[0], log).toBe(0);
      await grows();
      ended.abort();
      await reporting;
      const expected = await places(client);
      await expect.poll(rows, { timeout: 120_000, interval: 500, message: log }).toBe(expected.length);
      const thirdEnds = once(third, "exit");
      third.kill("SIGTERM");
      expect((await thirdEnds)[0], log).toBe(0);
      expect(await table.rows()).toEqual(expected);
    },
  );

  it("ends, and tells both numbers, where the group has written what is older to a table that is gone", async () => {
    const rows = new Pool({ connectionString: database!.url });
    await rows.query("delete from courier_positions where cluster_id = $1", [await client.clusterId()]);
    await rows.end();
    const before = (await places(client)).length;
    const options = [
      "--brokers",
      cluster.brokers.join(),
      "--postgres",
      database!.url,
      "--seconds",
      "1",
      "--members",
      "1",
    ];
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, main, ...options]);
    const [, records, written] = /^(\d+) records in the topic, (\d+) rows in the table$/mu.exec(stdout)!;
    expect(Number(records)).toBeGreaterThan(before);
    expect(Number(written)).toBe(Number(records) - before);
  });
});

/** What the table must hold. */
async function places(client: KafkaClient): Promise<PositionRow[]> {
  const all: PositionRow[] = [];
  for await (const { partition, offset, key } of readTopic(client, positionTopic)) {
    all.push({ partition, offset, courierId: String(key) });
  }
  return all.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}
