import { embedded, tp, type EmbeddedCluster, type EmbeddedOptions, type Isolation } from "@millrace/kafka-client";
import { sleep, systemScheduler } from "@millrace/kernel";
import { virtualEnvironment, type VirtualEnvironment } from "@millrace/kernel/testing";
import type { StreamsAppOptions } from "../app/app-options.js";
import { StreamsApp } from "../app/streams-app.js";
import { serdes } from "../serde/index.js";
import type { Topology } from "../topology/index.js";

/** A record as a test writes it down. */
export interface HarnessRecord {
  readonly key: string | null;
  readonly value: string | null;
  readonly partition?: number;
  readonly timestamp?: number;
}

/** Virtual milliseconds for each real one. */
const PACE_MS = 10;

/** An embedded cluster in a world where time passes only while something is awaited by `run`. */
export class AppHarness {
  readonly environment: VirtualEnvironment;
  readonly cluster: EmbeddedCluster;

  readonly #realIo: boolean;
  readonly #apps: StreamsApp[] = [];

  /** `realIo`: something awaited waits for the disk, so that virtual time must not run away from it. */
  constructor(
    options: Omit<EmbeddedOptions, "environment"> & {
      readonly realIo?: boolean;
      readonly seed?: number;
      readonly shuffleTasks?: boolean;
    } = {},
  ) {
    const { realIo = false, seed = 1, shuffleTasks = false, ...clusterOptions } = options;
    this.#realIo = realIo;
    this.environment = virtualEnvironment({ seed, startMs: 1_700_000_000_000, shuffleTasks });
    this.cluster = embedded({ ...clusterOptions, environment: this.environment });
  }

  /** Lets time pass until `promise` settles, and gives what it gives. */
  async run<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const settle = (): void => {
      settled = true;
    };
    promise.then(settle, settle);
    await this.until(() => settled);
    return promise;
  }

  /** Lets time pass until `condition` holds. */
  async until(condition: () => boolean): Promise<void> {
    const { scheduler } = this.environment;
    if (!this.#realIo) return scheduler.runUntil(condition);
    await scheduler.settle();
    while (!condition()) {
      await scheduler.advanceBy(PACE_MS);
      if (!condition()) await sleep(systemScheduler, 1);
    }
  }

  /** An app of this world, closed at its end. What `options` do not say: application id "app", a commit every 100 ms. */
  makeApp(topology: Topology, options: Partial<StreamsAppOptions> = {}): StreamsApp {
    const app = new StreamsApp(topology, {
      applicationId: "app",
      client: this.cluster,
      environment: this.environment,
      commitIntervalMs: 100,
      ...options,
    });
    this.#apps.push(app);
    return app;
  }

  /** Closes the apps it made. */
  async closeApps(): Promise<void> {
    for (const app of this.#apps.splice(0)) await this.run(app.close());
  }

  /** The end of this world: of its apps, then of its cluster. */
  async close(): Promise<void> {
    await this.closeApps();
    await this.run(this.cluster.close());
  }

  async createTopics(topics: Readonly<Record<string, number>>): Promise<void> {
    const specs = Object.entries(topics).map(([name, partitions]) => ({ name, partitions }));
    await this.run(this.cluster.admin().createTopics(specs));
  }

  async produce(topic: string, records: readonly HarnessRecord[]): Promise<void> {
    const producer = this.cluster.producer({});
    await this.run(producer.init());
    for (const { key, value, partition = 0, timestamp = 0 } of records) {
      producer.append(topic, partition, encode(key), encode(value), timestamp);
    }
    await this.run(producer.flush());
    await this.run(producer.close());
  }

  /** All records of all partitions of a topic, partition by partition; values as `decode` reads them. */
  async read<V = string>(
    topic: string,
    decode: (bytes: Uint8Array) => V = text as (bytes: Uint8Array) => V,
    isolation: Isolation = "read_committed",
  ): Promise<readonly (readonly [string | null, V | null])[]> {
    const info = (await this.run(this.cluster.admin().describeTopics([topic]))).get(topic);
    const partitions = Array.from({ length: info?.partitions ?? 0 }, (_, partition) => tp(topic, partition));
    const consumer = this.cluster.restoreConsumer({ isolation });
    // Up to the high watermark: the markers of transactions that have ended may still be on their way.
    const ends = await this.run(consumer.endOffsets(partitions, "read_uncommitted"));
    consumer.assign(await this.run(consumer.beginningOffsets(partitions)));
    const byPartition = partitions.map((): [string | null, V | null][] => []);
    while (partitions.some((partition) => consumer.position(partition) < (ends.get(partition) ?? 0))) {
      for (const { tp: from, records } of await this.run(consumer.poll(100))) {
        while (records.next()) {
          const { key, value } = records.record();
          byPartition[from.partition]?.push([key && text(key), value && decode(value)]);
        }
      }
    }
    await this.run(consumer.close());
    return byPartition.flat();
  }

  /** The last value of each key, as a table of the topic has it. */
  async readTable<V = string>(topic: string, decode?: (bytes: Uint8Array) => V): Promise<Record<string, V>> {
    const table = new Map<string, V>();
    for (const [key, value] of await this.read(topic, decode)) {
      if (value === null) table.delete(String(key));
      else table.set(String(key), value);
    }
    return Object.fromEntries([...table].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/** Reads the bytes of `serdes.long`. */
export const long = (bytes: Uint8Array): number => serdes.long.deserialize("", bytes);

function encode(text: string | null): Uint8Array | null {
  return text === null ? null : Buffer.from(text);
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("utf8");
}
