import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sharedBrokers } from "@millrace/broker-harness";
import { kafka, type KafkaClient } from "@millrace/kafka-client";
import { systemEnvironment } from "@millrace/kernel";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { StreamsAppOptions } from "./app-options.js";
import type { CountingAppOptions } from "./counting-app.fixture.js";
import { countingTopology } from "./counting-topology.fixture.js";
import { StreamsApp } from "./streams-app.js";
import { queryable } from "./queries/queryable.js";

const TIMEOUT_MS = 180_000;
const SESSION_TIMEOUT_MS = 6_000;
const KEYS = 40_000;
const PARTITIONS = 2;
const program = fileURLToPath(new URL("./counting-app.fixture.ts", import.meta.url));

let dir: string;
let client: KafkaClient;
let names: Pick<CountingAppOptions, "applicationId" | "input" | "output">;
const open: StreamsApp[] = [];
const children: ChildProcess[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "millrace-restore-"));
  client = kafka({ brokers: sharedBrokers(), metadataMaxAgeMs: 1_000 });
  const suffix = systemEnvironment().randomness.uuid().slice(0, 8);
  names = { applicationId: `restore-${suffix}`, input: `restore-in-${suffix}`, output: `restore-out-${suffix}` };
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const app of open.splice(0)) await app.close();
  await client.close();
  rmSync(dir, { recursive: true, force: true });
});

async function createTopics(): Promise<void> {
  await client.admin().createTopics([
    { name: names.input, partitions: PARTITIONS },
    { name: names.output, partitions: 1 },
  ]);
}

/** Every key once, those of even numbers into one partition, the others into the other. */
async function produceEveryKey(): Promise<void> {
  const producer = client.producer({});
  for (let key = 0; key < KEYS; key++) {
    producer.append(names.input, key % PARTITIONS, Buffer.from(`k${key}`), Buffer.from("v"), key);
    if (key % 1_000 === 0) await producer.drained();
  }
  await producer.flush();
  await producer.close();
}

/** An app of this process, and what it was seen to restore and to follow. */
function counting(options: Partial<StreamsAppOptions>) {
  const app = new StreamsApp(countingTopology(names.input, names.output), {
    ...{ applicationId: names.applicationId, client, commitIntervalMs: 100, cacheMaxBytes: 0 },
    ...{ sessionTimeoutMs: SESSION_TIMEOUT_MS, heartbeatIntervalMs: SESSION_TIMEOUT_MS / 10, ...options },
  });
  const seen = { app, starts: [] as number[], restored: 0, followed: 0 };
  app.onRestore({
    onRestoreStart: (_, offset) => seen.starts.push(offset),
    onRestoreBatch: (_, __, rows) => (seen.restored += rows),
  });
  app.onStandbyUpdate({ onStandbyBatch: (_, __, rows) => (seen.followed += rows) });
  open.push(app);
  return seen;
}

/** The same app in a process of its own. */
function startProcess(options: CountingAppOptions): ChildProcess {
  const args = ["--conditions=millrace-source", "--import", "tsx", program, JSON.stringify(options)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
  children.push(child);
  return child;
}

const tasksOf = (app: StreamsApp) => app.workers.flatMap(({ tasks }) => tasks);

/** How many keys have each count. */
async function countsOf(app: StreamsApp): Promise<ReadonlyMap<number, number>> {
  const counts = new Map<number, number>();
  for await (const rows of app.store(queryable.keyValue<string, number>("counts")).all()) {
    for (const { value } of rows) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return counts;
}

describe.each(["at-least-once", "exactly-once"] as const)("state on a real cluster, %s", (processingGuarantee) => {
  test(
    "when a process is killed, a standby goes on from its copy, with few rows to restore",
    async () => {
      await createTopics();
      const options = { processingGuarantee, standbyReplicas: 1 } as const;
      const survivor = counting({ ...options, stateDir: join(dir, "survivor") });
      await survivor.app.start();
      const child = startProcess({
        ...{ ...names, ...options, brokers: sharedBrokers(), sessionTimeoutMs: SESSION_TIMEOUT_MS },
        stateDir: join(dir, "killed"),
      });
      const settled = { timeout: 60_000, interval: 100 };
      await vi.waitFor(() => expect(tasksOf(survivor.app)).toHaveLength(1), settled);
      await produceEveryKey();
      await vi.waitFor(() => expect(survivor.followed).toBeGreaterThanOrEqual(KEYS / PARTITIONS), settled);
      child.kill("SIGKILL");
      await vi.waitFor(() => {
        expect(tasksOf(survivor.app)).toHaveLength(PARTITIONS);
        expect(survivor.app.state).toBe("RUNNING");
      }, settled);
      expect(survivor.restored).toBeLessThan(KEYS / PARTITIONS / 4);
      await produceEveryKey();
      await survivor.app.caughtUp();
      const counts = await countsOf(survivor.app);
      if (processingGuarantee === "exactly-once") expect(counts).toEqual(new Map([[2, KEYS]]));
      else expect(counts.get(1)).toBeUndefined();
    },
    TIMEOUT_MS,
  );

  test(
    "what was wiped is restored; a restore that was interrupted goes on from where it had come to",
    async () => {
      await createTopics();
      const stateDir = join(dir, "state");
      const first = counting({ processingGuarantee, stateDir });
      await first.app.start();
      await produceEveryKey();
      await first.app.caughtUp();
      await first.app.close();
      rmSync(stateDir, { recursive: true });

      const interrupted = counting({ processingGuarantee, stateDir });
      interrupted.app.onRestore({ onRestoreBatch: () => void interrupted.app.close() });
      await expect(interrupted.app.start()).rejects.toThrow("closed");
      await interrupted.app.close();
      expect(interrupted.starts).toEqual([0, 0]);

      const second = counting({ processingGuarantee, stateDir });
      await second.app.start();
      expect(Math.max(...second.starts)).toBeGreaterThan(0);
      expect(second.restored).toBe(KEYS - interrupted.restored);
      expect(await countsOf(second.app)).toEqual(new Map([[1, KEYS]]));
    },
    TIMEOUT_MS,
  );
});
