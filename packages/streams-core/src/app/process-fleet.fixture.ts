import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { kafka, tp, type KafkaClient, type TopicPartition } from "@millrace/kafka-client";
import { sleep, systemEnvironment, timedOut, within } from "@millrace/kernel";
import type { CountingAppOptions } from "./counting-app.fixture.js";
import type { ResourceSample } from "./resource-sample.fixture.js";
import { SteadyLoad } from "./steady-load.fixture.js";

const program = fileURLToPath(new URL("./counting-app.fixture.ts", import.meta.url));
const environment = systemEnvironment();

const PARTITIONS = 8;
const CLUSTER_TOPICS = ["__consumer_offsets", "__transaction_state"];
const LOOK_MS = 100;
const DRAIN_MS_MAX = 90_000;
const SETTLE_MS_MAX = 150_000;
const LOG_CHARACTERS_MAX = 100_000;
const REPORT_CHARACTERS_MAX = 4_000;

export interface FleetOptions extends Pick<CountingAppOptions, "brokers" | "processingGuarantee" | "sessionTimeoutMs"> {
  /** See {@link CountingAppOptions}; "keys" without it. */
  readonly counted?: CountingAppOptions["counted"];
  /** Of the load, every 50 ms; 100 without it. */
  readonly recordsARound?: number;
  /** How often processes print what they hold; see {@link CountingAppOptions}. */
  readonly sampleMs?: number;
}

/** Processes that count the same topic together, the load they are under, and a look at how they share it. */
export class ProcessFleet implements AsyncDisposable {
  readonly output: string;
  readonly load: SteadyLoad;
  /** What the processes printed of what they hold. */
  readonly samples: ResourceSample[] = [];
  readonly #options: CountingAppOptions;
  readonly #client: KafkaClient;
  readonly #processes = new Set<ChildProcess>();
  readonly #inputs: readonly TopicPartition[];
  readonly #folder = mkdtempSync(join(tmpdir(), "millrace-fleet-"));
  readonly #failures: string[] = [];
  #log = "";

  constructor({ recordsARound = 100, counted = "keys", ...options }: FleetOptions) {
    const suffix = environment.randomness.uuid().slice(0, 8);
    const input = `fleet-input-${suffix}`;
    this.output = `fleet-counts-${suffix}`;
    this.#options = { ...options, counted, input, output: this.output, applicationId: `fleet-${suffix}` };
    this.#client = kafka({ brokers: options.brokers });
    this.#inputs = Array.from({ length: PARTITIONS }, (_, number) => tp(input, number));
    const spread = counted === "keys" ? "by-key" : "by-turns";
    this.load = new SteadyLoad(this.#client, { topic: input, partitions: PARTITIONS, recordsARound, spread });
  }

  async createTopics(): Promise<void> {
    await this.#client.admin().createTopics([
      { name: this.#options.input, partitions: PARTITIONS },
      { name: this.output, partitions: 1 },
    ]);
  }

  /** Starts another process. It keeps state on the heap, or on disk in the folder of that name, which outlives it. */
  start(folder?: string): ChildProcess {
    const stateDir = folder === undefined ? {} : { stateDir: join(this.#folder, folder) };
    const flags = ["--conditions=millrace-source", "--import", "tsx", "--expose-gc"];
    const args = [...flags, program, JSON.stringify({ ...this.#options, ...stateDir })];
    const stdout = this.#options.sampleMs === undefined ? "ignore" : "pipe";
    const child = spawn(process.execPath, args, { stdio: ["ignore", stdout, "pipe"] });
    this.#processes.add(child);
    if (child.stdout !== null) {
      createInterface(child.stdout).on("line", (line) => this.samples.push(JSON.parse(line) as ResourceSample));
    }
    child.stderr!.setEncoding("utf8").on("data", (text: string) => this.#append(child, text));
    child.once("exit", (code, signal) => {
      this.#processes.delete(child);
      if (signal === null && code !== 0) this.#failures.push(`Process ${child.pid} ended with ${code}.`);
    });
    return child;
  }

  /** Closes a process in order; resolves when it has ended. */
  async stop(child: ChildProcess): Promise<void> {
    await this.#end(child, "SIGTERM");
  }

  /** Ends a process as a power cut would; resolves when it has ended. */
  async kill(child: ChildProcess): Promise<void> {
    await this.#end(child, "SIGKILL");
  }

  /** What the processes said of late: for the message of a failing test. */
  log(): string {
    return this.#log;
  }

  /**
   * Sends no more; resolves when all that was sent has been counted, and readers can see it. Rejects, with how far the
   * group is, when that takes too long.
   */
  async drain(): Promise<void> {
    await this.load.stop();
    const output = tp(this.output, 0);
    const counts = new Map<string, number>();
    const consumer = this.#client.restoreConsumer({ isolation: "read_committed" });
    consumer.assign(new Map([[output, 0]]));
    const deadlineMs = environment.clock.monotonicMs() + DRAIN_MS_MAX;
    while (this.#isShort(counts) && environment.clock.monotonicMs() < deadlineMs) {
      this.#requireHealth();
      for (const { records } of await consumer.poll(LOOK_MS)) {
        while (records.next()) {
          const { key, value } = records.record();
          counts.set(String(Buffer.from(key!)), Number(Buffer.from(value!)));
        }
      }
    }
    if (this.#isShort(counts)) throw new Error(`Short of what was sent.\n${await this.#report()}`);
    await consumer.close();
  }

  /** Waits until `count` processes share the input, none of them without a part of it. */
  async sharedBy(count: number): Promise<void> {
    await this.#until(`${count} processes share the input`, async () => {
      const [group] = await this.#client.admin().describeGroups([this.#options.applicationId]);
      const shares =
        group?.members.map(
          ({ partitions }) => partitions.filter((each) => each.topic === this.#options.input).length,
        ) ?? [];
      const whole = shares.reduce((sum, share) => sum + share, 0) === PARTITIONS;
      return group?.state === "Stable" && whole && shares.length === count && shares.every((share) => share > 0);
    });
  }

  /** Waits until every partition has all its copies again. */
  async replicated(): Promise<void> {
    const admin = this.#client.admin();
    await this.#until("all copies are in sync", async () => {
      const topics = await admin.describeTopics([...(await admin.listTopics()), ...CLUSTER_TOPICS]);
      const partitions = [...topics.values()].flatMap((topic) => topic?.placement ?? []);
      return partitions.every(({ leader, replicas, inSync }) => leader !== null && inSync.length === replicas.length);
    });
  }

  /** Waits until `count` more records have been committed. */
  async progress(count: number): Promise<void> {
    const target = (await this.#committed()) + count;
    await this.#until(`${target} records are committed`, async () => (await this.#committed()) >= target);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stopped = this.load.stop().catch(() => undefined);
    await Promise.all([...this.#processes].map((child) => this.kill(child)));
    await stopped;
    await this.#client.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #committed(): Promise<number> {
    const offsets = await this.#client.admin().groupOffsets(this.#options.applicationId);
    return this.#inputs.reduce((sum, input) => sum + (offsets.get(input)?.offset ?? 0), 0);
  }

  /**
   * How far the group is in each partition, and where the partition ends, for readers of committed records and really;
   * and what the processes said last.
   */
  async #report(): Promise<string> {
    const admin = this.#client.admin();
    const { applicationId } = this.#options;
    const committed = await admin.groupOffsets(applicationId);
    const partitions = [...new Set([...this.#inputs, ...committed.keys(), tp(this.output, 0)])];
    const stable = await admin.listOffsets(partitions, "latest", "read_committed");
    const ends = await admin.listOffsets(partitions, "latest", "read_uncommitted");
    const rows = partitions.map((each) => {
      const offset = committed.get(each)?.offset ?? "nothing";
      return `${each.topic}-${each.partition}: committed ${offset}, stable ${stable.get(each)}, end ${ends.get(each)}`;
    });
    const groups = JSON.stringify(await admin.describeGroups([applicationId]), undefined, 1);
    return `${rows.join("\n")}\n${groups}\n${this.#log.slice(-REPORT_CHARACTERS_MAX)}`;
  }

  #isShort(counts: ReadonlyMap<string, number>): boolean {
    return [...this.load.sent].some(([key, sent]) => (counts.get(key) ?? 0) < sent);
  }

  async #until(what: string, settled: () => Promise<boolean>): Promise<void> {
    const deadlineMs = environment.clock.monotonicMs() + SETTLE_MS_MAX;
    while (!(await settled())) {
      this.#requireHealth();
      if (environment.clock.monotonicMs() > deadlineMs) {
        throw new Error(`It takes too long until ${what}.\n${await this.#report()}`);
      }
      await sleep(environment.scheduler, LOOK_MS);
    }
  }

  #requireHealth(): void {
    if (this.load.failure !== undefined) throw this.load.failure;
    if (this.#failures.length > 0) throw new Error(`${this.#failures.join("\n")}\n${this.#log}`);
  }

  async #end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill(signal);
    if ((await within(environment.scheduler, SETTLE_MS_MAX, gone)) === timedOut) {
      throw new Error(`Process ${child.pid} goes on after ${signal}.\n${await this.#report()}`);
    }
  }

  #append(child: ChildProcess, text: string): void {
    const lines = text.replaceAll(/^(?=.)/gmu, `[${child.pid}] `);
    this.#log = (this.#log + lines).slice(-LOG_CHARACTERS_MAX);
  }
}
