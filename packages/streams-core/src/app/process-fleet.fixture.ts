import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { kafka, tp, type Isolation, type KafkaClient, type TopicPartition } from "@millrace/kafka-client";
import { sleep, systemEnvironment } from "@millrace/kernel";
import type { CountingAppOptions } from "./counting-app.fixture.js";

const program = fileURLToPath(new URL("./counting-app.fixture.ts", import.meta.url));
const environment = systemEnvironment();

const PARTITIONS = 8;
const KEYS = 100;
const ROUND_MS = 50;
const RECORDS_A_ROUND = 100;
const LOOK_MS = 100;
const VALUE = Buffer.from("v");

/** Processes that count the same topic together, the load they are under, and a look at how they share it. */
export class ProcessFleet implements AsyncDisposable {
  readonly output: string;
  /** How often each key was sent. */
  readonly sent = new Map<string, number>();
  readonly #options: CountingAppOptions;
  readonly #client: KafkaClient;
  readonly #processes = new Set<ChildProcess>();
  readonly #inputs: readonly TopicPartition[];
  #feeding = false;
  #fed: Promise<void> = Promise.resolve();

  constructor(options: Pick<CountingAppOptions, "brokers" | "processingGuarantee" | "sessionTimeoutMs">) {
    const suffix = environment.randomness.uuid().slice(0, 8);
    this.output = `fleet-counts-${suffix}`;
    this.#options = {
      ...{ ...options, output: this.output },
      ...{ applicationId: `fleet-${suffix}`, input: `fleet-input-${suffix}` },
    };
    this.#client = kafka({ brokers: options.brokers });
    this.#inputs = Array.from({ length: PARTITIONS }, (_, number) => tp(this.#options.input, number));
  }

  async createTopics(): Promise<void> {
    await this.#client.admin().createTopics([
      { name: this.#options.input, partitions: PARTITIONS },
      { name: this.output, partitions: 1 },
    ]);
  }

  /** Starts another process. */
  start(): ChildProcess {
    const args = ["--conditions=millrace-source", "--import", "tsx", program, JSON.stringify(this.#options)];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
    this.#processes.add(child);
    child.once("exit", () => this.#processes.delete(child));
    return child;
  }

  /** Closes a process in order; resolves when it has ended. */
  async stop(child: ChildProcess): Promise<void> {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await gone;
  }

  /** Sends records from now on, all keys alike. */
  feed(): void {
    this.#feeding = true;
    this.#fed = this.#feed();
  }

  /** Sends no more; resolves when all that was sent has been counted and committed, and readers can see it. */
  async drain(): Promise<void> {
    this.#feeding = false;
    await this.#fed;
    const ends = await this.#client.admin().listOffsets(this.#inputs, "latest", "read_committed");
    await this.#until(async () => {
      const offsets = await this.#client.admin().groupOffsets(this.#options.applicationId);
      return this.#inputs.every((input) => offsets.get(input)?.offset === ends.get(input));
    });
    const output = tp(this.output, 0);
    const end = async (isolation: Isolation) =>
      (await this.#client.admin().listOffsets([output], "latest", isolation)).get(output);
    await this.#until(async () => (await end("read_committed")) === (await end("read_uncommitted")));
  }

  /** Waits until `count` processes share the input, none of them without a part of it. */
  async sharedBy(count: number): Promise<void> {
    await this.#until(async () => {
      const [group] = await this.#client.admin().describeGroups([this.#options.applicationId]);
      const shares = group?.members.map(({ partitions }) => partitions.length) ?? [];
      const whole = shares.reduce((sum, share) => sum + share, 0) === PARTITIONS;
      return group?.state === "Stable" && whole && shares.length === count && shares.every((share) => share > 0);
    });
  }

  /** Waits until `count` more records have been committed. */
  async progress(count: number): Promise<void> {
    const target = (await this.#committed()) + count;
    await this.#until(async () => (await this.#committed()) >= target);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#feeding = false;
    for (const child of this.#processes) child.kill("SIGKILL");
    await this.#fed;
    await this.#client.close();
  }

  async #committed(): Promise<number> {
    const offsets = await this.#client.admin().groupOffsets(this.#options.applicationId);
    return this.#inputs.reduce((sum, input) => sum + (offsets.get(input)?.offset ?? 0), 0);
  }

  async #feed(): Promise<void> {
    const producer = this.#client.producer({});
    let number = 0;
    while (this.#feeding) {
      for (let record = 0; record < RECORDS_A_ROUND; record++, number++) {
        const key = number % KEYS;
        const name = `k${key}`;
        this.sent.set(name, (this.sent.get(name) ?? 0) + 1);
        producer.append(this.#options.input, key % PARTITIONS, Buffer.from(name), VALUE, environment.clock.nowMs());
      }
      await producer.flush();
      await sleep(environment.scheduler, ROUND_MS);
    }
    await producer.close();
  }

  async #until(settled: () => Promise<boolean>): Promise<void> {
    while (!(await settled())) await sleep(environment.scheduler, LOOK_MS);
  }
}
