import type { Environment } from "@millrace/kernel";
import type { StreamsAdmin } from "../port/admin.js";
import type { Capabilities, KafkaClient } from "../port/client.js";
import type { GroupConsumer, GroupConsumerConfig, ManualConsumer, RestoreConsumerConfig } from "../port/consumer.js";
import { FatalClientError } from "../port/errors.js";
import type { ProducerConfig, StreamsProducer } from "../port/producer.js";
import { supportedCodecs } from "../protocol/index.js";
import { fetchLimits } from "../reading/fetch-session.js";
import { PartitionsConsumer } from "../reading/partitions-consumer.js";
import type { Cluster } from "./cluster.js";
import { EmbeddedGroupConsumer } from "./consumer/group-consumer.js";
import { EndsInProcess, logsInProcess } from "./consumer/logs-in-process.js";
import { EmbeddedAdmin } from "./embedded-admin.js";
import { EmbeddedProducer } from "./producer/embedded-producer.js";

/** A client of an embedded cluster. Closing it closes what was opened through it, and nothing of the cluster. */
export class EmbeddedClient implements KafkaClient {
  readonly capabilities: Capabilities;
  readonly #cluster: Cluster;
  readonly #environment: Environment;
  readonly #open = new Set<{ close(): Promise<void> }>();
  readonly #onClose: () => void;
  #closed = false;

  constructor(cluster: Cluster, environment: Environment, onClose: () => void) {
    this.#onClose = onClose;
    this.#cluster = cluster;
    this.#environment = environment;
    this.capabilities = {
      eos: "v2",
      rebalance: new Set(["eager", "cooperative"]),
      assignmentUserData: true,
      staticMembership: true,
      manualAssign: true,
      stableOffsets: true,
      offsetMetadata: true,
      partitionPause: true,
      compression: supportedCodecs,
      maxBrokerSockets: 0,
      durable: cluster.options.dir !== undefined,
    };
  }

  groupConsumer(config: GroupConsumerConfig): GroupConsumer {
    this.#requireOpen();
    const consumer: EmbeddedGroupConsumer = new EmbeddedGroupConsumer(this.#cluster, config, this.#environment, () =>
      this.#open.delete(consumer),
    );
    this.#open.add(consumer);
    return consumer;
  }

  restoreConsumer(config: RestoreConsumerConfig): ManualConsumer {
    this.#requireOpen();
    const { topics } = this.#cluster;
    const limits = fetchLimits(config);
    const origin = {
      ends: new EndsInProcess(topics),
      source: (onData: () => void) => logsInProcess(topics, limits, onData),
    };
    const consumer: PartitionsConsumer = new PartitionsConsumer(origin, limits, this.#environment, () => {
      this.#open.delete(consumer);
    });
    this.#open.add(consumer);
    return consumer;
  }

  producer(config: ProducerConfig): StreamsProducer {
    this.#requireOpen();
    const cluster = {
      transactions: this.#cluster.transactions,
      topicForWriting: (name: string) => this.#cluster.topicForWriting(name),
    };
    const producer: EmbeddedProducer = new EmbeddedProducer(cluster, config, this.#environment, () =>
      this.#open.delete(producer),
    );
    this.#open.add(producer);
    return producer;
  }

  admin(): StreamsAdmin {
    this.#requireOpen();
    return new EmbeddedAdmin(this.#cluster);
  }

  clusterId(): Promise<string> {
    return Promise.resolve(this.#cluster.clusterId);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#open].map((opened) => opened.close()));
    this.#onClose();
  }

  #requireOpen(): void {
    if (this.#closed) throw new FatalClientError("This client is closed. Connect another one to the cluster.");
  }
}
