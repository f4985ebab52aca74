import { RetriableError, type KafkaClient } from "@millrace/kafka-client";
import { overlay } from "./simulator/overlay.js";

type Method = (...args: unknown[]) => unknown;

/** A client whose cluster can go away for a while: requests fail then, or those of some names only. */
export class UnreachableClient {
  /** True of the requests that fail, such as `admin.describeTopics` or `consumer.poll`. */
  fails: (request: string, args: readonly unknown[]) => boolean = () => false;
  /** How often each request failed. */
  readonly failures = new Map<string, number>();
  readonly client: KafkaClient;

  constructor(client: KafkaClient) {
    this.client = overlay(client, {
      clusterId: this.#failing(client, "cluster", ["clusterId"]).clusterId,
      admin: () =>
        this.#failing(client.admin(), "admin", [
          ...(["describeTopics", "createTopics", "listTopics", "topicConfigs"] as const),
          ...(["listOffsets", "deleteRecords", "clusterView"] as const),
        ]),
      producer: (config) =>
        this.#failing(client.producer(config), "producer", ["init", "flush", "sendOffsets", "commit", "abort"]),
      groupConsumer: (config) =>
        this.#failing(client.groupConsumer(config), "consumer", ["poll", "commit", "committed"], ["tryPoll"]),
      restoreConsumer: (config) => this.#failing(client.restoreConsumer(config), "restore", ["poll", "endOffsets"]),
    });
  }

  /** The requests named reject; those named `synchronous` give nothing, so that the others are asked. */
  #failing<T extends object, N extends keyof T & string>(
    original: T,
    kind: string,
    names: readonly N[],
    synchronous: readonly (keyof T & string)[] = [],
  ): T {
    const replaced: Partial<Record<string, Method>> = {};
    for (const name of names) {
      const request = `${kind}.${name}`;
      replaced[name] = (...args) => {
        if (!this.fails(request, args)) return (original[name] as Method).apply(original, args);
        this.failures.set(request, (this.failures.get(request) ?? 0) + 1);
        return Promise.reject(new RetriableError(`The cluster does not answer ${request}.`));
      };
    }
    for (const name of synchronous) {
      replaced[name] = (...args) =>
        this.fails(`${kind}.${name}`, args) ? null : (original[name] as Method).apply(original, args);
    }
    return overlay(original, replaced as Partial<T>);
  }
}
