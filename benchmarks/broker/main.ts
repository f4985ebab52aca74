import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { jarsOf, javaTool, KAFKA_VERSION, startBroker } from "@millrace/broker-harness";
import { Command, Option } from "commander";
import { createSpinner } from "nanospinner";
import { runChild } from "./child.js";
import { drawTable, ratios, type Comparison } from "./report.js";
import { sideResult, type RunResult, type SideResult } from "./result.js";
import { workloads, type Workload } from "./workloads.js";

const javaProject = fileURLToPath(new URL("java", import.meta.url));
const ours = fileURLToPath(new URL("run-ours.ts", import.meta.url));
const defaultFile = fileURLToPath(new URL("../results/broker.json", import.meta.url));
const smallUnits = 1_000_000;
const largeUnits = 4_000_000;
const brokerHeapMb = 1024;

type Side = "ours" | "java";

interface Options {
  readonly only?: string;
  readonly scale: number;
  readonly side: Side | "both";
  readonly brokers?: string;
  readonly json: string;
}

/** What one run of this program knows. */
interface Setting {
  readonly bootstrap: string;
  readonly jars: string;
  readonly runId: string;
}

await new Command("bench:broker")
  .description("Times four workloads on a real broker, ours and Kafka Streams in turn, each in two sizes.")
  .option("--only <text>", "only workloads whose name contains the text")
  .option("--scale <factor>", "multiplies the sizes, 1 M and 4 M", Number, 1)
  .addOption(new Option("--side <side>", "what runs").choices(["ours", "java", "both"]).default("both"))
  .option("--brokers <addresses>", "host:port,host:port of a cluster that exists; without it one is started")
  .option("--json <file>", "where the results go", defaultFile)
  .action(async (options: Options) => {
    const started = options.brokers === undefined ? await startedBroker() : undefined;
    try {
      const bootstrap = options.brokers ?? started!.brokers.join();
      await measure(options, { bootstrap, jars: await jarsOf(javaProject), runId: Date.now().toString(36) });
    } finally {
      await started?.close();
    }
  })
  .parseAsync();

async function startedBroker() {
  const spinner = createSpinner(`Apache Kafka ${KAFKA_VERSION}`, { stream: process.stderr }).start();
  const cluster = await startBroker({ heapMb: brokerHeapMb, forSpeed: true });
  spinner.success({ text: `Apache Kafka ${KAFKA_VERSION} at ${cluster.brokers.join()}` });
  return cluster;
}

async function measure(options: Options, setting: Setting): Promise<void> {
  const comparisons: Comparison[] = [];
  for (const workload of workloads.filter(({ name }) => name.includes(options.only ?? ""))) {
    const [small, large] = [smallUnits, largeUnits].map((units) => Math.ceil(units * options.scale)) as [
      number,
      number,
    ];
    const measured = async (side: Side): Promise<SideResult | undefined> =>
      options.side === "both" || options.side === side
        ? sideResult(await run(side, workload, small, setting), await run(side, workload, large, setting))
        : undefined;
    comparisons.push({ workload, ours: await measured("ours"), java: await measured("java") });
  }
  console.log(drawTable(comparisons));
  const machine = { node: process.version, cpus: cpus().length, model: cpus()[0]?.model ?? "unknown" };
  const results = comparisons.map(({ workload: { name, unit, ceilingPerSecond, goalRatio }, ...sides }) => ({
    ...{ workload: name, unit, ceilingPerSecond, goalRatio },
    ...sides,
  }));
  const report = { date: new Date().toISOString(), kafka: KAFKA_VERSION, machine, scale: options.scale };
  mkdirSync(dirname(options.json), { recursive: true });
  writeFileSync(options.json, `${JSON.stringify({ ...report, ratios: ratios(comparisons), results }, null, 2)}\n`);
  console.log(`Results are in ${options.json}.`);
}

async function run(side: Side, workload: Workload, units: number, setting: Setting): Promise<RunResult> {
  const records = Math.ceil(units / workload.unitsPerRecord);
  const input = await load(workload.input, records, setting);
  const exact = records * workload.unitsPerRecord;
  const args = [
    setting.bootstrap,
    workload.name,
    input,
    `bench-${side}-${workload.name}-${units}-${setting.runId}`,
    `${exact}`,
  ];
  const title = `${side === "ours" ? "ours" : "Java"}: ${workload.name}, ${exact.toLocaleString("en")} ${workload.unit}`;
  const line = await withProgress(title, exact, (onProgress) =>
    side === "ours"
      ? runChild(process.execPath, [...process.execArgv, ours, ...args], onProgress)
      : runChild(javaTool("java"), [...javaArguments(setting.jars), "millrace.bench.Run", ...args], onProgress),
  );
  return JSON.parse(line) as RunResult;
}

/** The topic's name tells how much is in it, so that a cluster that exists is loaded once. */
async function load(input: Workload["input"], records: number, { bootstrap, jars }: Setting): Promise<string> {
  const topic = `millrace-bench-${input}-${records}`;
  const args = [...javaArguments(jars), "millrace.bench.Loader", bootstrap, input, topic, `${records}`];
  await withProgress(`load ${topic}`, records, (onProgress) => runChild(javaTool("java"), args, onProgress));
  return topic;
}

function javaArguments(jars: string): string[] {
  return ["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", join(jars, "*")];
}

async function withProgress(
  title: string,
  total: number,
  work: (onProgress: (done: number) => void) => Promise<string>,
): Promise<string> {
  const spinner = createSpinner(title, { stream: process.stderr }).start();
  const startedAt = performance.now();
  try {
    const line = await work((done) => spinner.update({ text: `${title} … ${Math.floor((done / total) * 100)} %` }));
    spinner.success({ text: `${title} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)` });
    return line;
  } catch (error) {
    spinner.error({ text: title });
    throw error;
  }
}
