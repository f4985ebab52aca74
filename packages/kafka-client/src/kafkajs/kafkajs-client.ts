import type { StreamsAdmin } from "../port/admin.js";
import type { Capabilities, KafkaClient } from "../port/client.js";
import type { GroupConsumer, GroupConsumerConfig, ManualConsumer, RestoreConsumerConfig } from "../port/consumer.js";
import { FatalClientError } from "../port/errors.js";
import type { ProducerConfig, StreamsProducer } from "../port/producer.js";
import { supportedCodecs } from "../protocol/index.js";
import { fetchLimits } from "../reading/fetch-session.js";
import { KafkajsAdmin } from "./admin/kafkajs-admin.js";
import { KafkajsGroupConsumer, type GroupConsumerParts } from "./consumer/group-consumer.js";
import { restoreConsumer } from "./consumer/restore-consumer.js";
import { Fetcher } from "./fetch/fetcher.js";
import { OffsetLookup } from "./fetch/offset-lookup.js";
import type { ConnectionSettings } from "./kafka-options.js";
import { KafkajsProducer } from "./producer/kafkajs-producer.js";
import { KafkajsTransport } from "./transport/kafkajs-transport.js";

/** A client of a real cluster. What it opens has sockets of its own and is closed with it. */
export class KafkajsClient implements KafkaClient {
  readonly capabilities: Capabilities = {
    eos: "v2",
    rebalance: new Set(["eager", "cooperative"]),
    assignmentUserData: true,
    staticMembership: true,
    manualAssign: true,
    stableOffsets: true,
    offsetMetadata: true,
    partitionPause: true,
    compression: supportedCodecs,
    maxBrokerSockets: 7,
    durable: true,
  };
  readonly #settings: ConnectionSettings;
  /** For questions of all kinds; what waits on purpose has a transport of its own. */
  readonly #shared: KafkajsTransport;
  readonly #open = new Set<{ close(): Promise<void> }>();
  #closed = false;

  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
    this.#shared = new KafkajsTransport(settings);
  }

  groupConsumer(config: GroupConsumerConfig): GroupConsumer {
    this.#requireOpen();
    const settings = connectionOf(this.#settings, config.clientId);
    const limits = fetchLimits(config);
    const parts: GroupConsumerParts = {
      membership: new KafkajsTransport(settings),
      shared: this.#shared,
      ends: new OffsetLookup(this.#shared, settings),
      source: (onData) => new Fetcher({ transport: new KafkajsTransport(settings), settings, limits, onData }),
      metadataMaxAgeMs: settings.metadataMaxAgeMs,
      onClose: () => this.#open.delete(consumer),
    };
    const consumer: KafkajsGroupConsumer = new KafkajsGroupConsumer(parts, config, settings.environment);
    this.#open.add(consumer);
    return consumer;
  }

  restoreConsumer(config: RestoreConsumerConfig): ManualConsumer {
    this.#requireOpen();
    const settings = connectionOf(this.#settings, config.clientId);
    const consumer: ManualConsumer = restoreConsumer(this.#shared, settings, config, () => this.#open.delete(consumer));
    this.#open.add(consumer);
    return consumer;
  }

  producer(config: ProducerConfig): StreamsProducer {
    this.#requireOpen();
    const transport = new KafkajsTransport(connectionOf(this.#settings, config.clientId));
    const producer: KafkajsProducer = new KafkajsProducer(transport, config, this.#settings.environment, () =>
      this.#open.delete(producer),
    );
    this.#open.add(producer);
    return producer;
  }

  admin(): StreamsAdmin {
    this.#requireOpen();
    return new KafkajsAdmin(this.#shared, this.#settings);
  }

  async clusterId(): Promise<string> {
    this.#requireOpen();
    await this.#shared.open();
    return this.#shared.clusterId ?? "";
  }

  async close(): Promise<void> {
    this.#closed = true;
    // One that fails to close, because it could not deliver what it held, must not keep the others open.
    const outcomes = await Promise.allSettled([...this.#open].map((opened) => opened.close()));
    await this.#shared.close();
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #requireOpen(): void {
    if (this.#closed) throw new FatalClientError("This client is closed. Make another one.");
  }
}

function connectionOf(settings: ConnectionSettings, clientId: string | undefined): ConnectionSettings {
  return clientId === undefined ? settings : { ...settings, clientId };
}
