import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { canStartBrokers, startBroker, type Cluster, type Mishap } from "@millrace/broker-harness";
import { systemEnvironment } from "@millrace/kernel";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { ClientError } from "../port/errors.js";
import { allWentWell, everyRequest, sendEveryRequest } from "./every-request.fixture.js";
import { kafka } from "./kafka.js";
import type { KafkaOptions } from "./kafka-options.js";
import type { KafkajsClient } from "./kafkajs-client.js";

const MINUTE_MS = 60_000;
const CLOSE_MS_MAX = 10_000;
const environment = systemEnvironment();
const mishaps: readonly Mishap[] = ["request lost", "answer lost", "no answer"];

describe.runIf(canStartBrokers)("whatever a client is waiting for", { timeout: MINUTE_MS }, () => {
  let cluster: Cluster;
  let walks = 0;

  beforeAll(async () => {
    cluster = await startBroker({ proxied: true });
  }, 2 * MINUTE_MS);
  afterAll(() => cluster?.close());

  const proxy = () => cluster.nodes[0]!.proxy!;

  function connect(options: Partial<KafkaOptions>): KafkajsClient {
    const client = kafka({ brokers: cluster.brokers, ...options });
    onTestFinished(() => client.close());
    return client;
  }

  describe.each(mishaps)("%s", (mishap) => {
    test.each(Object.entries(everyRequest))("%s: is asked again, and done once", async (_name, apiKey) => {
      const client = connect({ requestTimeoutMs: 700 });
      const happened = proxy().next(apiKey, mishap);
      expect(await sendEveryRequest(client, environment, `walk-${++walks}`)).toEqual(allWentWell);
      await happened;
      await client.close();
      await vi.waitFor(() => expect(proxy().connections).toBe(0));
    });
  });

  test.each(Object.entries(everyRequest))("%s, never answered: closing ends the wait", async (_name, apiKey) => {
    const client = connect({ requestTimeoutMs: 5_000 });
    const happened = proxy().next(apiKey, "no answer");
    const outcome = sendEveryRequest(client, environment, `walk-${++walks}`).catch((error: unknown) => error);
    await happened;
    const startMs = environment.clock.monotonicMs();
    await client.close().catch((error: unknown) => expect(error).toBeInstanceOf(ClientError));
    expect(environment.clock.monotonicMs() - startMs).toBeLessThan(CLOSE_MS_MAX);
    expect(await outcome).toBeInstanceOf(ClientError);
    await vi.waitFor(() => expect(proxy().connections).toBe(0));
  });

  test("a process whose client is closed ends by itself, with the brokers there and gone", async () => {
    for (const brokers of [cluster.brokers.join(), "127.0.0.1:1"]) {
      const fixture = fileURLToPath(new URL("closed-process.fixture.ts", import.meta.url));
      const flags = ["--conditions=millrace-source", "--import", "tsx"];
      const child = spawn(process.execPath, [...flags, fixture, brokers, `walk-${++walks}`]);
      let said = "";
      child.stdout.on("data", (text: Buffer) => (said += String(text)));
      const [code] = (await once(child, "exit")) as [number | null];
      expect([code, said.trim().split("\n").at(-1)]).toEqual([0, "closed"]);
      expect(said.includes("RetriableError")).toBe(brokers === "127.0.0.1:1");
    }
  });
});
