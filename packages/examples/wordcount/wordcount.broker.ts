import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { canStartBrokers, startBroker, type Cluster } from "@millrace/broker-harness";
import { systemRandomness } from "@millrace/kernel";
import { SeededRandomness } from "@millrace/kernel/testing";
import { kafka, readTopic, serdes, type KafkajsClient } from "millrace";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { countsTopic, wordsOf } from "./topology.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const seed = Number(process.env["MILLRACE_SEED"] ?? systemRandomness.uint32());

type Counts = Record<string, number>;

describe.runIf(canStartBrokers)("npm start on a broker", () => {
  let cluster: Cluster;
  let client: KafkajsClient;
  let dir: string;
  /** What all texts so far should have come to: the topics stay from test to test. */
  const expected: Counts = {};

  beforeAll(async () => {
    cluster = await startBroker();
    client = kafka({ brokers: cluster.brokers });
  }, 120_000);
  afterAll(async () => {
    await client?.close();
    await cluster?.close();
  });
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "millrace-wordcount-"));
    return () => rmSync(dir, { recursive: true, force: true });
  });

  /** What npm runs. */
  function start(...options: readonly string[]): ChildProcess {
    const args = ["scripts/run.mjs", "start", "--brokers", cluster.brokers.join(), "--state-dir", join(dir, "state")];
    return spawn(process.execPath, [...args, ...options], { cwd: root, stdio: ["pipe", "pipe", "pipe"] });
  }

  async function printed(child: ChildProcess): Promise<string> {
    const ended = once(child, "close");
    const [stdout, stderr] = await Promise.all([text(child.stdout!), text(child.stderr!), ended]);
    expect(child.exitCode, stderr).toBe(0);
    return stdout;
  }

  /** A file of `words` words, which are counted on. */
  function textOf(name: string, words: number, chance: SeededRandomness): string {
    const lines = Array.from({ length: words / 10 }, () =>
      Array.from({ length: 10 }, () => `Word_${Math.floor(chance.fraction() ** 3 * 3_000)}`).join(" "),
    );
    const file = join(dir, name);
    writeFileSync(file, lines.join("\n"));
    for (const line of lines) for (const word of wordsOf(line)) expected[word] = (expected[word] ?? 0) + 1;
    return file;
  }

  /** The last value of each key in the output topic, as another program finds it. */
  async function counts(): Promise<Counts> {
    const last: Counts = {};
    for await (const { key, value } of readTopic(client, countsTopic)) {
      last[String(key)] = serdes.long.deserialize(countsTopic, value!);
    }
    return last;
  }

  it("counts what is typed into a compacted topic of longs, and prints the updates and the top words", async () => {
    const child = start("--changes", "-");
    child.stdin!.end("to be, or not to be\n");
    const stdout = await printed(child);
    Object.assign(expected, { to: 2, be: 2, or: 1, not: 1 });
    for (const [word, count] of Object.entries(expected)) {
      expect(stdout).toMatch(new RegExp(`^${word} {2}${count}$`, "mu"));
      expect(stdout).toMatch(new RegExp(`^│ ${word} +│ +${count} │$`, "mu"));
    }
    await expect.poll(counts).toEqual(expected);
    const configs = await client.admin().topicConfigs([countsTopic]);
    expect(configs.get(countsTopic)).toMatchObject({ "cleanup.policy": "compact" });
  });

  const title = `has exact counts after kills -9 on its way, with its state at hand or without (MILLRACE_SEED=${seed})`;
  it(title, { timeout: 300_000 }, async () => {
    const chance = new SeededRandomness(seed);
    const file = textOf("text.txt", 300_000, chance);
    for (const fewest of [5, 40]) {
      await killedAt(start("--json", file), fewest + chance.below(40));
      if (fewest === 40) rmSync(join(dir, "state"), { recursive: true });
    }
    expect(JSON.parse(await printed(start("--json", file)))).toEqual(expected);
    await expect.poll(counts, { timeout: 30_000 }).toEqual(expected);
  });
});

/** Kills npm's child, and with it the program, with -9 when it says that it has read that share of its input. */
async function killedAt(child: ChildProcess, percent: number): Promise<void> {
  const ended = once(child, "close");
  let said = "";
  child.stderr!.setEncoding("utf8").on("data", (chunk: string) => {
    said += chunk;
    const read = [...said.matchAll(/\((\d+) %\)/gu)].at(-1)?.[1];
    if (Number(read) >= percent) child.kill("SIGKILL");
  });
  child.stdout!.resume();
  // Both have gone when nobody holds the output any more.
  await ended;
  expect(child.signalCode, said).toBe("SIGKILL");
}
