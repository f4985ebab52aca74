import { systemEnvironment, type Environment } from "@millrace/kernel";
import type { StreamsAdmin } from "../port/admin.js";
import type { Capabilities, KafkaClient } from "../port/client.js";
import type { GroupConsumer, GroupConsumerConfig, ManualConsumer, RestoreConsumerConfig } from "../port/consumer.js";
import type { ProducerConfig, StreamsProducer } from "../port/producer.js";
import { memoryHome, type ClusterHome } from "./cluster-home.js";
import { Cluster } from "./cluster.js";
import { DiskHome } from "./disk/disk-home.js";
import { EmbeddedClient } from "./embedded-client.js";
import type { EmbeddedOptions } from "./embedded-options.js";
import { Maintenance } from "./maintenance.js";

const MAINTENANCE_INTERVAL_MS = 300_000;

/**
 * A Kafka cluster inside this process: topics, groups, transactions, compaction. It is a client of itself, so one
 * object is all a small program needs; several apps share the cluster by sharing the object, or each with a client
 * of its own from `connect`. Whoever made the cluster closes it.
 */
export class EmbeddedCluster implements KafkaClient {
  readonly #cluster: Cluster;
  readonly #home: ClusterHome;
  readonly #maintenance: Maintenance;
  readonly #client: EmbeddedClient;
  readonly #clients = new Set<EmbeddedClient>();
  #closing: Promise<void> | null = null;

  constructor(cluster: Cluster, home: ClusterHome) {
    this.#cluster = cluster;
    this.#home = home;
    this.#maintenance = new Maintenance(cluster, cluster.options.maintenanceIntervalMs ?? MAINTENANCE_INTERVAL_MS);
    this.#client = this.#newClient(cluster.environment);
  }

  get capabilities(): Capabilities {
    return this.#client.capabilities;
  }

  /**
   * Another client of this cluster. Closing it leaves the cluster and its other clients alone. `environment` replaces
   * the time, chance and logger of this one client: a test can pause it and let the cluster go on.
   */
  connect(environment: Partial<Environment> = {}): KafkaClient {
    return this.#newClient({ ...this.#cluster.environment, ...environment });
  }

  /** Applies retention and compacts every compacted topic now, rather than when it is next due. */
  runMaintenance(): Promise<void> {
    return this.#maintenance.run({ onlyDirty: false });
  }

  groupConsumer(config: GroupConsumerConfig): GroupConsumer {
    return this.#client.groupConsumer(config);
  }

  restoreConsumer(config: RestoreConsumerConfig): ManualConsumer {
    return this.#client.restoreConsumer(config);
  }

  producer(config: ProducerConfig): StreamsProducer {
    return this.#client.producer(config);
  }

  admin(): StreamsAdmin {
    return this.#client.admin();
  }

  clusterId(): Promise<string> {
    return this.#client.clusterId();
  }

  /** Closes every client of the cluster, then the cluster. What is on disk can be opened again. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #newClient(environment: Environment): EmbeddedClient {
    const client: EmbeddedClient = new EmbeddedClient(this.#cluster, environment, () => this.#clients.delete(client));
    this.#clients.add(client);
    return client;
  }

  async #close(): Promise<void> {
    await this.#maintenance.stop();
    for (const client of [...this.#clients]) await client.close();
    await this.#cluster.transactions.settled();
    this.#home.close();
  }
}

/**
 * Opens a cluster in this process: in memory, or in a directory. Each call without `dir` is a cluster of its own with
 * a random cluster id. Throws {@link import("./disk/directory-lock.js").DirectoryLockedError} when another process has
 * the directory open.
 */
export function embedded(options: EmbeddedOptions = {}): EmbeddedCluster {
  const environment = systemEnvironment(options.environment);
  if (options.dir === undefined) {
    const home = memoryHome(environment);
    return new EmbeddedCluster(new Cluster(options, environment, home), home);
  }
  const home = new DiskHome(options.dir, environment, options.fsync ?? false);
  try {
    const cluster = new Cluster(options, environment, home);
    home.restoreInto(cluster);
    return new EmbeddedCluster(cluster, home);
  } catch (error) {
    home.abandon();
    throw error;
  }
}
