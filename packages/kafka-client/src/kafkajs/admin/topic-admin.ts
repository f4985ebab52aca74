import type { TopicDescription, TopicSpec } from "../../port/admin.js";
import { FatalClientError, MissingTopicError, RetriableError } from "../../port/errors.js";
import type { OffsetMap } from "../../port/topic-partition.js";
import { ErrorCode, errorOfCode } from "../../protocol/error-codes.js";
import { createPartitionsRequest } from "../../protocol/requests/create-partitions.js";
import { createTopicsRequest } from "../../protocol/requests/create-topics.js";
import { deleteRecordsRequest } from "../../protocol/requests/delete-records.js";
import { deleteTopicsRequest } from "../../protocol/requests/delete-topics.js";
import { metadataRequest, type MetadataResponse, type MetadataTopic } from "../../protocol/requests/metadata.js";
import type { NamedOutcome } from "../../protocol/requests/named-outcome.js";
import type { Request } from "../../protocol/requests/request.js";
import { alterTopicConfigsRequest, describeTopicConfigsRequest } from "../../protocol/requests/topic-configs.js";
import type { ConnectionSettings } from "../kafka-options.js";
import { askLeaders } from "../transport/ask-leaders.js";
import type { NodeId, Transport } from "../transport/transport.js";
import { withinApiTime } from "./api-time.js";
import { RepeatedRequest } from "./repeated-request.js";

/** What is asked and changed about topics. Whatever may pass is tried again for `apiTimeoutMs`. */
export class TopicAdmin {
  readonly #transport: Transport;
  readonly #settings: ConnectionSettings;

  constructor(transport: Transport, settings: ConnectionSettings) {
    this.#transport = transport;
    this.#settings = settings;
  }

  async describe(names: readonly string[]): Promise<Map<string, TopicDescription | null>> {
    const infos = new Map<string, TopicDescription | null>(names.map((name) => [name, null]));
    const { topics } = await this.#metadata(names);
    for (const topic of topics) {
      if (exists(topic)) infos.set(topic.name, descriptionOf(topic));
    }
    return infos;
  }

  /** Those of users: without the cluster's own. */
  async list(): Promise<string[]> {
    const { topics } = await this.#metadata(null);
    return topics
      .filter((topic) => !topic.internal && exists(topic))
      .map(({ name }) => name)
      .sort();
  }

  async create(specs: readonly TopicSpec[]): Promise<void> {
    if (specs.length === 0) return;
    const byName = new Map(specs.map((spec) => [spec.name, spec]));
    const request = createTopicsRequest(specs, this.#settings.requestTimeoutMs);
    await this.#atController(request, async (outcomes, controller) => {
      const present: string[] = [];
      for (const outcome of outcomes) {
        if (outcome.errorCode === ErrorCode.TOPIC_ALREADY_EXISTS) present.push(outcome.name);
        else requireSuccess(outcome, "Creating topic");
      }
      if (present.length > 0) await this.#requireKnown(present, controller);
    });
    await this.#everywhere([...byName.keys()], (topic) => topic !== undefined && hasLeaders(topic));
    const infos = await this.describe([...byName.keys()]);
    for (const { name, partitions } of specs) requireCount(name, infos.get(name)?.partitions ?? 0, partitions);
  }

  async delete(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    await this.#requireTopics(names);
    await this.#atController(deleteTopicsRequest(names, this.#settings.requestTimeoutMs), (outcomes) => {
      for (const outcome of outcomes) {
        // They were there a moment ago: an attempt before this one has deleted them.
        if (outcome.errorCode !== ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) requireSuccess(outcome, "Deleting topic");
      }
    });
    await this.#everywhere(names, (topic) => topic === undefined);
  }

  async grow(name: string, partitions: number): Promise<void> {
    const before = await this.#requireTopics([name]);
    const growing = new RepeatedRequest(createPartitionsRequest(name, partitions, this.#settings.requestTimeoutMs));
    const mayBeDone = (code: number): boolean =>
      code === ErrorCode.INVALID_PARTITIONS && growing.sentBefore && before.get(name)!.partitions < partitions;
    await this.#atController(growing.request, (outcomes) => {
      for (const outcome of outcomes) {
        if (!mayBeDone(outcome.errorCode)) requireSuccess(outcome, "Adding partitions to topic");
      }
    });
    await this.#everywhere([name], (topic) => topic?.partitions.length === partitions && hasLeaders(topic));
  }

  async deleteRecords(before: OffsetMap): Promise<void> {
    const { requestTimeoutMs } = this.#settings;
    await askLeaders(this.#transport, this.#settings, [...before.keys()], {
      what: "Deleting records",
      request: (led) =>
        deleteRecordsRequest(new Map(led.map((partition) => [partition, before.get(partition)!])), requestTimeoutMs),
    });
  }

  async configs(names: readonly string[]): Promise<Map<string, Readonly<Record<string, string>>>> {
    const described = await this.#anywhere(describeTopicConfigsRequest(names), (outcomes) => {
      for (const outcome of outcomes) requireSuccess(outcome, "Reading the configuration of topic");
    });
    return new Map(described.map(({ name, config }) => [name, config]));
  }

  async alterConfigs(name: string, config: Readonly<Record<string, string>>): Promise<void> {
    await this.#atController(alterTopicConfigsRequest(name, config), (outcomes) => {
      for (const outcome of outcomes) requireSuccess(outcome, "Changing the configuration of topic");
    });
    await this.#persist(async () => {
      const now = (await this.configs([name])).get(name);
      if (Object.entries(config).some(([key, value]) => now?.[key] !== value)) throw notYetKnown([name]);
    });
  }

  async #requireTopics(names: readonly string[]): Promise<Map<string, TopicDescription | null>> {
    const infos = await this.describe(names);
    const missing = names.filter((name) => infos.get(name) === null);
    if (missing.length > 0) throw new MissingTopicError(missing);
    return infos;
  }

  #metadata(names: readonly string[] | null): Promise<MetadataResponse> {
    return this.#anywhere(metadataRequest(names), ({ topics }) => {
      for (const { name, errorCode } of topics) {
        if (errorCode === ErrorCode.TOPIC_AUTHORIZATION_FAILED)
          throw errorOfCode(errorCode, `Describing topic ${name}`);
      }
    });
  }

  /** Waits until every broker that can be asked has heard of the change: the next question may go to any of them. */
  async #everywhere(names: readonly string[], settled: (topic: MetadataTopic | undefined) => boolean): Promise<void> {
    const { brokers } = await this.#metadata([]);
    const asked = brokers.map(({ nodeId }) =>
      this.#persist(async () => {
        const { topics } = await this.#transport.send(nodeId, metadataRequest(names));
        const known = new Map(topics.filter(exists).map((topic) => [topic.name, topic]));
        if (!names.every((name) => settled(known.get(name)))) throw notYetKnown(names);
      }),
    );
    const outcomes = await Promise.allSettled(asked);
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    // A broker that is down hears of it when it comes back.
    if (failed !== undefined && outcomes.every(({ status }) => status === "rejected")) throw failed.reason;
  }

  #anywhere<T>(request: Request<T>, check: (answer: T) => void): Promise<T> {
    return this.#persist(async () => {
      const answer = await this.#transport.send(await this.#transport.anyNode(), request);
      check(answer);
      return answer;
    });
  }

  /** With ZooKeeper, a topic that is just being deleted cannot be made yet, and yet there is none: making it is tried again. */
  async #requireKnown(names: readonly string[], node: NodeId): Promise<void> {
    const { topics } = await this.#transport.send(node, metadataRequest(names));
    if (!topics.every(exists)) throw notYetKnown(names);
  }

  #atController<T>(request: Request<T>, check: (answer: T, controller: NodeId) => Promise<void> | void): Promise<T> {
    return this.#persist(async () => {
      const { controllerId } = await this.#metadata([]);
      const answer = await this.#transport.send(controllerId, request);
      await check(answer, controllerId);
      return answer;
    });
  }

  #persist<T>(attempt: () => Promise<T>): Promise<T> {
    return withinApiTime(this.#transport, this.#settings, attempt);
  }
}

function exists({ errorCode, partitions }: MetadataTopic): boolean {
  const missing = errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION || errorCode === ErrorCode.INVALID_TOPIC;
  return !missing && partitions.length > 0;
}

function hasLeaders({ partitions }: MetadataTopic): boolean {
  return partitions.every(({ leader }) => leader >= 0);
}

function descriptionOf({ name, topicId, partitions }: MetadataTopic): TopicDescription {
  const placement = partitions
    .toSorted((left, right) => left.partition - right.partition)
    .map(({ leader, replicas, inSync }) => ({ leader: leader < 0 ? null : leader, replicas, inSync }));
  return { name, topicId, partitions: partitions.length, placement };
}

function notYetKnown(names: readonly string[]): RetriableError {
  return new RetriableError(`A broker has not heard of the change of topic ${names.join(", ")} yet. Try again.`);
}

function requireSuccess({ name, errorCode, message }: NamedOutcome, what: string): void {
  if (errorCode === ErrorCode.NONE) return;
  if (errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) throw new MissingTopicError([name]);
  throw errorOfCode(errorCode, `${what} ${name}${message === null ? "" : ` (${message})`}`);
}

function requireCount(name: string, found: number, wanted: number): void {
  // A topic made with the broker's default has as many as it likes.
  if (found === wanted || wanted < 0) return;
  throw new FatalClientError(
    `Topic ${name} exists with ${found} partitions, not ${wanted}. Delete it, add partitions, or ask for ${found}.`,
  );
}
