import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kafka, StreamsApp, type KafkaClient } from "millrace";
import type { RunResult } from "./result.js";
import { workloads } from "./workloads.js";

/**
 * The child process of one run: `run-ours.ts BOOTSTRAP WORKLOAD INPUT APPLICATION_ID UNITS`, from an empty state to the
 * last record committed. Its last line is the result as JSON.
 */
const [bootstrap = "", name, input = "", applicationId = "", total] = process.argv.slice(2);
const units = Number(total);
const output = `${applicationId}-out`;
const looksEach = 8192;
const progressMs = 500;

const client = kafka({ brokers: bootstrap.split(",") });
const stateDir = mkdtempSync(join(tmpdir(), "millrace-bench-"));
try {
  await client.admin().createTopics([{ name: output, partitions: 1, config: { "retention.ms": "-1" } }]);
  console.log(JSON.stringify(await run(client)));
  const own = (await client.admin().listTopics()).filter((topic) => topic.startsWith(`${applicationId}-`));
  await client.admin().deleteTopics(own);
} finally {
  await client.close();
  rmSync(stateDir, { recursive: true, force: true });
}

async function run(broker: KafkaClient): Promise<RunResult> {
  let done = 0;
  let shownAt = performance.now();
  let finish = (): void => {};
  let fail = (_error: unknown): void => {};
  const finished = new Promise<void>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  const counted = (): void => {
    if (++done === units) finish();
    if (done % looksEach !== 0 || performance.now() - shownAt < progressMs) return;
    shownAt = performance.now();
    console.log(`progress ${done}`);
  };
  const workload = workloads.find((candidate) => candidate.name === name)!;
  const topology = workload.topology(input, output, counted);
  const app = new StreamsApp(topology, { applicationId, client: broker, commitIntervalMs: 1000, stateDir });
  app.onError(fail);
  const startedAt = performance.now();
  await app.start();
  await finished;
  await app.close();
  const elapsedMs = Math.round(performance.now() - startedAt);
  if (done !== units) throw new Error(`${done} units were processed, not ${units}.`);
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  const cpuMs = Math.round((userCPUTime + systemCPUTime) / 1000);
  return { units, elapsedMs, peakMemoryMb: Math.round(maxRSS / 1024), cpuMs };
}
