import type {
  GroupAssignor,
  GroupConsumer,
  GroupConsumerConfig,
  KafkaClient,
  ManualConsumer,
  ProducerConfig,
  RebalanceListener,
  StreamsAdmin,
  StreamsProducer,
} from "@millrace/kafka-client";
import { overlay } from "./overlay.js";
import type { RequestOptions, SimulatedProcess } from "./simulated-process.js";

/** Settings of a client that an app leaves at their defaults and a simulation draws. */
export interface ClientSettings {
  readonly consumer: Pick<
    GroupConsumerConfig,
    "sessionTimeoutMs" | "heartbeatIntervalMs" | "maxPollIntervalMs" | "maxPollRecords"
  >;
  readonly producer: Pick<ProducerConfig, "batchBytes" | "lingerMs" | "transactionTimeoutMs">;
}

type Method = (...args: never[]) => Promise<unknown>;
const NEARBY: RequestOptions = { nearby: true };
const IDLE: RequestOptions = { nearby: true, idle: true };
const POLL: RequestOptions = { ...IDLE, frail: true };
const FRAIL: RequestOptions = { frail: true };
const LOSSY: RequestOptions = { lossy: true };
const CHANGING: RequestOptions = { lossy: true, frail: true };
const LATE: RequestOptions = { lossy: true, late: true };

/** The client of one simulated process: every promise, callback and request passes its border. */
export class SimulatedClient {
  readonly #client: KafkaClient;
  readonly #process: SimulatedProcess;
  readonly #settings: ClientSettings;

  constructor(client: KafkaClient, process: SimulatedProcess, settings: ClientSettings) {
    this.#client = client;
    this.#process = process;
    this.#settings = settings;
  }

  /** What the app is given. */
  client(): KafkaClient {
    const client = this.#client;
    return overlay(client, {
      groupConsumer: (config) => this.#groupConsumer(client.groupConsumer({ ...config, ...this.#settings.consumer })),
      restoreConsumer: (config) => this.#manualConsumer(client.restoreConsumer(config)),
      producer: (config) => this.#producer(config),
      admin: () => this.#admin(client.admin()),
      clusterId: this.#far(client, "clusterId", FRAIL),
    });
  }

  #producer(config: ProducerConfig): StreamsProducer {
    const { onBatch } = config;
    const process = this.#process;
    const producer = this.#client.producer({
      ...config,
      ...this.#settings.producer,
      ...(onBatch === undefined ? {} : { onBatch: (...report) => process.enter(() => onBatch(...report)) }),
    });
    return overlay(producer, {
      init: this.#far(producer, "init", CHANGING),
      drained: this.#far(producer, "drained", IDLE),
      flush: this.#far(producer, "flush"),
      sendOffsets: this.#far(producer, "sendOffsets", LOSSY),
      commit: this.#far(producer, "commit", LATE),
      abort: this.#far(producer, "abort", LOSSY),
      close: this.#far(producer, "close"),
    });
  }

  #groupConsumer(consumer: GroupConsumer): GroupConsumer {
    return overlay(consumer, {
      subscribe: (topics, assignor, listener) =>
        consumer.subscribe(topics, this.#assignor(assignor), this.#listener(listener)),
      poll: this.#far(consumer, "poll", POLL),
      commit: this.#far(consumer, "commit", LOSSY),
      committed: this.#far(consumer, "committed", FRAIL),
      beginningOffsets: this.#far(consumer, "beginningOffsets", FRAIL),
      endOffsets: this.#far(consumer, "endOffsets", FRAIL),
      close: this.#far(consumer, "close"),
    });
  }

  #manualConsumer(consumer: ManualConsumer): ManualConsumer {
    return overlay(consumer, {
      poll: this.#far(consumer, "poll", POLL),
      beginningOffsets: this.#far(consumer, "beginningOffsets", FRAIL),
      endOffsets: this.#far(consumer, "endOffsets", FRAIL),
      close: this.#far(consumer, "close", NEARBY),
    });
  }

  #admin(admin: StreamsAdmin): StreamsAdmin {
    return overlay(admin, {
      describeTopics: this.#far(admin, "describeTopics", FRAIL),
      createTopics: this.#far(admin, "createTopics", CHANGING),
      deleteRecords: this.#far(admin, "deleteRecords", CHANGING),
      topicConfigs: this.#far(admin, "topicConfigs", FRAIL),
      listOffsets: this.#far(admin, "listOffsets", FRAIL),
    });
  }

  /** The client calls these on behalf of the process: a dead leader assigns nothing. */
  #assignor(assignor: GroupAssignor): GroupAssignor {
    return overlay(assignor, { assign: this.#far(assignor, "assign", NEARBY) });
  }

  #listener(listener: RebalanceListener): RebalanceListener {
    return {
      onRevoked: this.#far(listener, "onRevoked", NEARBY),
      onAssigned: this.#far(listener, "onAssigned", NEARBY),
      onLost: this.#far(listener, "onLost", NEARBY),
    };
  }

  #far<T extends object, N extends keyof T>(owner: T, name: N & string, options: RequestOptions = {}): T[N] {
    const method = owner[name] as Method;
    const call = (...args: never[]): Promise<unknown> =>
      this.#process.request(name, () => method.apply(owner, args), options);
    return call as T[N];
  }
}
