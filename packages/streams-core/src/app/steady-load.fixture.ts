import type { KafkaClient } from "@millrace/kafka-client";
import { sleep, systemEnvironment } from "@millrace/kernel";

const environment = systemEnvironment();

const KEYS = 100;
const ROUND_MS = 50;

export interface SteadyLoadOptions {
  readonly topic: string;
  readonly partitions: number;
  /** Every 50 ms. */
  readonly recordsARound: number;
  /** Whether the records of one key go to the partition of that key, or to all partitions by turns. */
  readonly spread: "by-key" | "by-turns";
}

/** Records that keep coming, as many of each key; what they count is both their key and their value. */
export class SteadyLoad {
  /** How often each key was sent. */
  readonly sent = new Map<string, number>();
  readonly #client: KafkaClient;
  readonly #options: SteadyLoadOptions;
  #feeding = false;
  #failure: unknown;
  #fed: Promise<void> = Promise.resolve();

  constructor(client: KafkaClient, options: SteadyLoadOptions) {
    this.#client = client;
    this.#options = options;
  }

  start(): void {
    this.#feeding = true;
    this.#fed = this.#feed();
    this.#fed.catch((error: unknown) => (this.#failure = error));
  }

  /** What ended the load before its time, or undefined. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Resolves when all that was sent has been acknowledged. */
  async stop(): Promise<void> {
    this.#feeding = false;
    await this.#fed;
  }

  async #feed(): Promise<void> {
    const { topic, partitions, recordsARound, spread } = this.#options;
    const producer = this.#client.producer({});
    let number = 0;
    while (this.#feeding) {
      for (let record = 0; record < recordsARound; record++, number++) {
        const key = number % KEYS;
        const name = `k${key}`;
        const bytes = Buffer.from(name);
        this.sent.set(name, (this.sent.get(name) ?? 0) + 1);
        const partition = (spread === "by-key" ? key : number) % partitions;
        producer.append(topic, partition, bytes, bytes, environment.clock.nowMs());
      }
      await producer.flush();
      await sleep(environment.scheduler, ROUND_MS);
    }
    await producer.close();
  }
}
