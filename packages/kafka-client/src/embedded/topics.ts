import type { Environment } from "@millrace/kernel";
import type { ClusterView, TopicDescription, TopicInfo, TopicSpec } from "../port/admin.js";
import { FatalClientError, MissingTopicError } from "../port/errors.js";
import { tp, type TopicPartition } from "../port/topic-partition.js";
import type { ClusterHome } from "./cluster-home.js";
import type { Journal } from "./journal.js";
import type { PartitionLog } from "./log/partition-log.js";
import { topicDefaults } from "./topic-defaults.js";

/** One topic: its partitions and its settings. */
export class Topic {
  readonly name: string;
  readonly topicId: string;
  readonly logs: PartitionLog[] = [];
  #config: Readonly<Record<string, string>>;

  constructor(name: string, topicId: string, config: Readonly<Record<string, string>>) {
    this.name = name;
    this.topicId = topicId;
    this.#config = config;
  }

  get deleted(): boolean {
    return this.logs[0]?.deleted ?? false;
  }

  /** What was set for this topic, without the defaults. */
  get overrides(): Readonly<Record<string, string>> {
    return this.#config;
  }

  get compacted(): boolean {
    return this.setting("cleanup.policy").includes("compact");
  }

  setting(name: string): string {
    return this.#config[name] ?? topicDefaults[name] ?? "";
  }

  numberSetting(name: string): number {
    return Number(this.setting(name));
  }

  configure(config: Readonly<Record<string, string>>): void {
    this.#config = config;
    const stamps = this.setting("message.timestamp.type") === "LogAppendTime";
    for (const log of this.logs) {
      log.stampsAppendTime = stamps;
      log.storage.segmentBytes = this.numberSetting("segment.bytes");
    }
  }

  info(): TopicInfo {
    return { name: this.name, topicId: this.topicId, partitions: this.logs.length };
  }

  /** This process is the only node, and its id is 0. */
  description(): TopicDescription {
    const placement = this.logs.map(() => ({ leader: 0, replicas: [0], inSync: [0] }));
    return { ...this.info(), placement };
  }
}

const LEGAL_NAME = /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/;

/** The topics of a cluster. */
export class Topics {
  readonly #topics = new Map<string, Topic>();
  readonly #listeners = new Set<() => void>();
  readonly #environment: Environment;
  readonly #journal: Journal;
  readonly #home: ClusterHome;

  constructor(environment: Environment, home: ClusterHome) {
    this.#environment = environment;
    this.#journal = home.journal;
    this.#home = home;
  }

  get(name: string): Topic | undefined {
    return this.#topics.get(name);
  }

  /** Throws {@link MissingTopicError}. */
  require(name: string): Topic {
    const topic = this.#topics.get(name);
    if (topic === undefined) throw new MissingTopicError([name]);
    return topic;
  }

  /** Zero for a topic that does not exist. */
  partitionCount(name: string): number {
    return this.#topics.get(name)?.logs.length ?? 0;
  }

  log(partition: TopicPartition): PartitionLog | undefined {
    return this.#topics.get(partition.topic)?.logs[partition.partition];
  }

  /** Throws {@link MissingTopicError}. */
  requireLog(partition: TopicPartition): PartitionLog {
    const log = this.log(partition);
    if (log !== undefined) return log;
    const topic = this.require(partition.topic);
    throw new MissingTopicError(
      [topic.name],
      `Topic ${topic.name} has ${topic.logs.length} partitions, so there is no partition ${partition.partition}. Write to an existing one, or add partitions.`,
    );
  }

  names(): string[] {
    return [...this.#topics.keys()].sort();
  }

  all(): Iterable<Topic> {
    return this.#topics.values();
  }

  view(names: Iterable<string>): ClusterView {
    const topics = new Map<string, TopicInfo>();
    for (const name of names) {
      const topic = this.#topics.get(name);
      if (topic !== undefined) topics.set(name, topic.info());
    }
    return { topics };
  }

  /** A topic that is there with the same number of partitions is left as it is. */
  create(spec: TopicSpec): Topic {
    if (!LEGAL_NAME.test(spec.name)) {
      throw new FatalClientError(
        `"${spec.name}" is no topic name. Use up to 249 letters, digits, dots, underscores and hyphens.`,
      );
    }
    if (!Number.isInteger(spec.partitions) || spec.partitions < 1) {
      throw new FatalClientError(`Topic ${spec.name} needs at least one partition, not ${spec.partitions}.`);
    }
    const existing = this.#topics.get(spec.name);
    if (existing !== undefined) return requireSameCount(existing, spec.partitions);
    const topicId = this.#environment.randomness.uuid();
    const config = spec.config ?? {};
    this.#journal.write({ kind: "topic", name: spec.name, topicId, partitions: spec.partitions, config });
    const topic = this.restore(spec.name, topicId, spec.partitions, config);
    this.#announce();
    return topic;
  }

  /** Puts a topic in place without writing it down: it is written down already. */
  restore(name: string, topicId: string, partitions: number, config: Readonly<Record<string, string>>): Topic {
    const known = this.#topics.get(name);
    const topic = known ?? new Topic(name, topicId, config);
    this.#topics.set(name, topic);
    for (let index = topic.logs.length; index < partitions; index++) {
      topic.logs.push(this.#home.openPartition(tp(name, index), topicId));
    }
    topic.configure(config);
    return topic;
  }

  delete(name: string): void {
    const topic = this.require(name);
    this.#journal.write({ kind: "topic-deleted", name });
    this.#topics.delete(name);
    for (const log of topic.logs) log.destroy();
    this.#announce();
  }

  addPartitions(name: string, partitions: number): void {
    const topic = this.require(name);
    if (partitions <= topic.logs.length) {
      throw new FatalClientError(
        `Topic ${name} has ${topic.logs.length} partitions already; ask for more than that, partitions cannot be taken away.`,
      );
    }
    this.#write(topic, partitions, topic.overrides);
    this.restore(name, topic.topicId, partitions, topic.overrides);
    this.#announce();
  }

  alterConfig(name: string, config: Readonly<Record<string, string>>): void {
    const topic = this.require(name);
    const merged = { ...topic.overrides, ...config };
    this.#write(topic, topic.logs.length, merged);
    topic.configure(merged);
  }

  /** Calls `listener` when topics or partition counts change. Returns how to stop that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #write(topic: Topic, partitions: number, config: Readonly<Record<string, string>>): void {
    this.#journal.write({ kind: "topic", name: topic.name, topicId: topic.topicId, partitions, config });
  }

  #announce(): void {
    for (const listener of this.#listeners) listener();
  }
}

function requireSameCount(topic: Topic, partitions: number): Topic {
  if (topic.logs.length === partitions) return topic;
  throw new FatalClientError(
    `Topic ${topic.name} exists with ${topic.logs.length} partitions, not ${partitions}. Ask for the same number, or delete it first.`,
  );
}
