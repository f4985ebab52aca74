import { systemEnvironment, type Environment } from "@millrace/kernel";
import type { StreamsAdmin } from "../port/admin.js";
import type { Capabilities, KafkaClient } from "../port/client.js";
import type { GroupConsumer, GroupConsumerConfig, ManualConsumer, RestoreConsumerConfig } from "../port/consumer.js";
import type { ProducerConfig, StreamsProducer } from "../port/producer.js";
import { Cluster, memoryHome } from "./cluster.js";
import { EmbeddedClient } from "./embedded-client.js";
import type { EmbeddedOptions } from "./embedded-options.js";

/**
 * A Kafka cluster inside this process: topics, groups, transactions, compaction. It is a client of itself, so one
 * object is all a small program needs; several apps share the cluster by sharing the object, or each with a client
 * of its own from `connect`. Whoever made the cluster closes it.
 */
export class EmbeddedCluster implements KafkaClient {
  readonly #cluster: Cluster;
  readonly #client: EmbeddedClient;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#client = new EmbeddedClient(cluster, cluster.environment);
  }

  get capabilities(): Capabilities {
    return this.#client.capabilities;
  }

  /**
   * Another client of this cluster. Closing it leaves the cluster and its other clients alone. `environment` replaces
   * the time, chance and logger of this one client: a test can pause it and let the cluster go on.
   */
  connect(environment: Partial<Environment> = {}): KafkaClient {
    return new EmbeddedClient(this.#cluster, { ...this.#cluster.environment, ...environment });
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

  async close(): Promise<void> {
    await this.#client.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * Opens a cluster in this process: in memory, or in a directory. Each call without `dir` is a cluster of its own with
 * a random cluster id.
 */
export function embedded(options: EmbeddedOptions = {}): EmbeddedCluster {
  const environment = { ...systemEnvironment(), ...options.environment };
  return new EmbeddedCluster(new Cluster(options, environment, memoryHome(environment)));
}
