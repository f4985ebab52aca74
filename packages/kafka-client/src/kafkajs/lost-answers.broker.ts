import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { canStartBrokers, startBroker, type BrokerProxy, type Cluster, type Mishap } from "@millrace/broker-harness";
import { systemEnvironment } from "@millrace/kernel";
import { afterAll, beforeAll, describe, expect, test, vi, type TestContext } from "vitest";
import { ClientError } from "../port/errors.js";
import { allWentWell, everyRequest, sendEveryRequest } from "./every-request.fixture.js";
import { kafka } from "./kafka.js";
import type { KafkaOptions } from "./kafka-options.js";
import type { KafkajsClient } from "./kafkajs-client.js";

const MINUTE_MS = 60_000;
const CLOSE_MS_MAX = 10_000;
const environment = systemEnvironment();
const mishaps: readonly Mishap[] = ["request lost", "answer lost", "no answer"];

/** What the tests of a suite walk through, one after the other: a cluster of their own, whose proxy nobody else has plans for. */
class OwnCluster {
  #cluster: Cluster | undefined;
  #walks = 0;

  constructor() {
    beforeAll(async () => {
      this.#cluster = await startBroker({ proxied: true });
    }, 2 * MINUTE_MS);
    afterAll(() => this.#cluster?.close());
  }

  get brokers(): readonly string[] {
    return this.#cluster!.brokers;
  }

  get proxy(): BrokerProxy {
    return this.#cluster!.nodes[0]!.proxy!;
  }

  /** A stem of names that nobody has used. */
  nextWalk(): string {
    return `walk-${++this.#walks}`;
  }

  connect(options: Partial<KafkaOptions>, { onTestFinished }: Pick<TestContext, "onTestFinished">): KafkajsClient {
    const client = kafka({ brokers: this.brokers, ...options });
    onTestFinished(() => client.close());
    return client;
  }
}

describe.runIf(canStartBrokers)("whatever a client is waiting for", { timeout: MINUTE_MS, concurrent: true }, () => {
  describe.each(mishaps)("%s", (mishap) => {
    const own = new OwnCluster();

    test.sequential.for(Object.entries(everyRequest))(
      "%s: is asked again, and done once",
      async ([_name, apiKey], context) => {
        const client = own.connect({ requestTimeoutMs: 700, connectionTimeoutMs: 700 }, context);
        const happened = own.proxy.next(apiKey, mishap);
        expect(await sendEveryRequest(client, environment, own.nextWalk())).toEqual(allWentWell);
        await happened;
        await client.close();
        await vi.waitFor(() => expect(own.proxy.connections).toBe(0));
      },
    );
  });

  describe("no answer for good", () => {
    const own = new OwnCluster();

    test.sequential.for(Object.entries(everyRequest))("%s: closing ends the wait", async ([_name, apiKey], context) => {
      const client = own.connect({ requestTimeoutMs: 5_000 }, context);
      const happened = own.proxy.next(apiKey, "no answer");
      const outcome = sendEveryRequest(client, environment, own.nextWalk()).catch((error: unknown) => error);
      await happened;
      const startMs = environment.clock.monotonicMs();
      await client.close().catch((error: unknown) => expect(error).toBeInstanceOf(ClientError));
      expect(environment.clock.monotonicMs() - startMs).toBeLessThan(CLOSE_MS_MAX);
      expect(await outcome).toBeInstanceOf(ClientError);
      await vi.waitFor(() => expect(own.proxy.connections).toBe(0));
    });

    test.sequential("a process whose client is closed ends by itself, with the brokers there and gone", async () => {
      for (const brokers of [own.brokers.join(), "127.0.0.1:1"]) {
        const fixture = fileURLToPath(new URL("closed-process.fixture.ts", import.meta.url));
        const flags = ["--conditions=millrace-source", "--import", "tsx"];
        const child = spawn(process.execPath, [...flags, fixture, brokers, own.nextWalk()]);
        let said = "";
        child.stdout.on("data", (text: Buffer) => (said += String(text)));
        const [code] = (await once(child, "exit")) as [number | null];
        expect([code, said.trim().split("\n").at(-1)]).toEqual([0, "closed"]);
        expect(said.includes("RetriableError")).toBe(brokers === "127.0.0.1:1");
      }
    });
  });
});
