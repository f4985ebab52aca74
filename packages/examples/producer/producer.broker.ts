import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { canStartBrokers, startBroker, type Cluster } from "@millrace/broker-harness";
import { kafka, readTopic, RetriableError, type KafkajsClient } from "millrace";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { positionTopic } from "../courier.js";
import { modes, produce, type Mode, type Outcome } from "./produce.js";

const threads = 20;
const messages = 500;
const total = threads * messages;

describe.runIf(canStartBrokers)("the producer's three modes on a broker", () => {
  let cluster: Cluster;
  let client: KafkajsClient;

  beforeAll(async () => {
    cluster = await startBroker();
    client = kafka({ brokers: cluster.brokers });
    await client.admin().createTopics([{ name: positionTopic, partitions: 4 }]);
  }, 120_000);

  afterAll(async () => {
    await client?.close();
    await cluster?.close();
  });

  it("draws a bar for each mode, then a table of what became of the records", async () => {
    const args = ["scripts/run.mjs", "example", "producer", "--brokers", cluster.brokers.join()];
    const options = { cwd: fileURLToPath(new URL("../../..", import.meta.url)) };
    const run = promisify(execFile)(process.execPath, [...args, "--threads", "10", "--messages", "100"], options);
    const { stdout, stderr } = await run;
    for (const mode of modes) {
      const told = mode === "fire-and-forget" ? 0 : 1000;
      expect(stderr).toMatch(new RegExp(`${mode} +=+ 1000/1000`, "u"));
      expect(stdout).toMatch(new RegExp(`^│ ${mode} +│ +1000 │ +0 │ +0 │ +${told} │ +[\\d.]+ │ +\\d+ │$`, "mu"));
    }
  });

  const plan = (mode: Mode, deliveryTimeoutMs: number) => ({ mode, threads, messages, deliveryTimeoutMs });

  /** Calls `blow` once half of the records are sent. */
  function halfWay(blow: () => void): () => void {
    let sent = 0;
    return () => ++sent === total / 2 && blow();
  }

  /** How many records the topic has: those of earlier tests too. */
  async function stored(): Promise<number> {
    let count = 0;
    for await (const _ of readTopic(client, positionTopic)) count++;
    return count;
  }

  // By a broker that is well, fire-and-forget and async take about the same time: only one that stands still tells them apart.
  it.each(modes)("%s: waits for a broker that stands still, or does not", async (mode) => {
    const [node] = cluster.nodes;
    const before = await stored();
    const startMs = performance.now();
    let sent = 0;
    let resumedAtMs = Infinity;
    const resumeLater = () =>
      setTimeout(() => {
        resumedAtMs = performance.now() - startMs;
        node!.resume();
      }, 1_000);
    const outcome = await produce(client, plan(mode, 100_000), () => {
      sent++;
      if (sent === total / 2) node!.pause();
      // Sync gets no further before the broker goes on; the others hand everything over meanwhile.
      if (sent === (mode === "sync" ? total / 2 : total)) resumeLater();
    });
    if (mode === "fire-and-forget") expect(outcome.elapsedMs).toBeLessThan(resumedAtMs);
    else expect(outcome.elapsedMs).toBeGreaterThan(resumedAtMs - 100);
    expect(outcome).toMatchObject({ acknowledged: total, lost: 0, notSent: 0, error: null });
    expect(await stored()).toBe(before + total);
  });

  const whenDead: Readonly<Record<Mode, (outcome: Outcome) => void>> = {
    // Every thread is told of one loss, by an exception, and stops there.
    sync: ({ acknowledged, lost, notSent, told, error }) => {
      expect(lost).toBe(threads);
      expect(told).toBe(acknowledged + lost);
      expect(notSent).toBeGreaterThan(0);
      expect(error).toBeInstanceOf(RetriableError);
    },
    async: ({ lost, notSent, told, error }) => {
      expect(lost).toBeGreaterThanOrEqual(total / 2);
      expect(notSent).toBe(0);
      expect(told).toBe(total);
      expect(error).toBeInstanceOf(RetriableError);
    },
    // The program goes on as if nothing had happened; only who looks at the producer's counts knows.
    "fire-and-forget": ({ lost, notSent, told, error }) => {
      expect(lost).toBeGreaterThanOrEqual(total / 2);
      expect([notSent, told, error]).toEqual([0, 0, null]);
    },
  };

  it.each(modes)("%s: counts what is lost with a broker that dies half-way", async (mode) => {
    const [node] = cluster.nodes;
    const before = await stored();
    let killed: Promise<void> | undefined;
    const outcome = await produce(
      client,
      plan(mode, 3_000),
      halfWay(() => void (killed = node!.kill())),
    );
    await killed;
    whenDead[mode](outcome);
    expect(outcome.acknowledged + outcome.lost + outcome.notSent).toBe(total);
    await node!.start();
    // What a dying broker stored without saying so is lost by the producer's count, and yet there.
    expect(await stored()).toBeGreaterThanOrEqual(before + outcome.acknowledged);
  });

  it.each(["sync", "fire-and-forget"] as const)(
    "%s: loses and doubles nothing when the broker comes back in time",
    async (mode) => {
      const [node] = cluster.nodes;
      const before = await stored();
      let restarted: Promise<void> | undefined;
      const restart = () => void (restarted = node!.kill().then(() => node!.start()));
      const outcome = await produce(client, plan(mode, 100_000), halfWay(restart));
      await restarted;
      expect(outcome).toMatchObject({ acknowledged: total, lost: 0, notSent: 0, error: null });
      expect(await stored()).toBe(before + total);
    },
  );
});
