import { MissingTopicError, RetriableError, type StreamsAdmin, type TopicInfo } from "@millrace/kafka-client";
import type { Logger } from "@millrace/kernel";
import { matchesTopic, type PhysicalTopology } from "../topology/index.js";
import { MissingSourceTopicError } from "../runtime/worker-errors.js";
import { InternalTopicError } from "./app-errors.js";
import { planInternalTopics, type PlannedTopic } from "./internal-topic-plan.js";

export interface TopicSetupOptions {
  readonly topology: PhysicalTopology;
  readonly applicationId: string;
  readonly admin: StreamsAdmin;
  readonly logger: Logger;
  /** Null: none. */
  readonly deadLetterTopic: string | null;
  /** Undefined: the cluster's default. */
  readonly replicationFactor: number | undefined;
}

/**
 * Checks the topics the topology reads and creates those the application keeps for itself, with Kafka Streams' names
 * and settings. Gives the partition counts of all of them. Throws RetriableError while what it made cannot be seen yet, MissingSourceTopicError, MissingTopicError, CopartitionError, InternalTopicError.
 */
export async function setUpTopics(options: TopicSetupOptions): Promise<ReadonlyMap<string, number>> {
  const { topology, applicationId, admin } = options;
  const { topics, patterns } = userSources(topology);
  const described = await admin.describeTopics(topics);
  const missing = topics.filter((topic) => described.get(topic) == null);
  if (missing.length > 0) throw new MissingSourceTopicError(missing, "topic");
  await requireDeadLetterTopic(options);
  const all = patterns.length === 0 ? [] : await admin.listTopics();
  const unmatched = patterns.filter((pattern) => !all.some((topic) => matchesTopic(pattern, topic)));
  if (unmatched.length > 0) throw new MissingSourceTopicError(unmatched.map(String), "pattern");
  const matched = all.filter((topic) => patterns.some((pattern) => matchesTopic(pattern, topic)));
  const partitions = counts(described, await admin.describeTopics(matched));
  const planned = planInternalTopics(topology, applicationId, {
    partitions,
    matching: (pattern) => matched.filter((topic) => matchesTopic(pattern, topic)),
  });
  await createInternalTopics(planned, options);
  return new Map([...partitions, ...planned.map(({ name, partitions: count }) => [name, count] as const)]);
}

/** Found out now, and not by the first record that fails. */
async function requireDeadLetterTopic({ deadLetterTopic, admin }: TopicSetupOptions): Promise<void> {
  if (deadLetterTopic === null) return;
  if ((await admin.describeTopics([deadLetterTopic])).get(deadLetterTopic) != null) return;
  throw new MissingTopicError(
    [deadLetterTopic],
    `The dead-letter topic ${deadLetterTopic} does not exist. Create it first, or correct the option errors.deadLetterTopic.`,
  );
}

async function createInternalTopics(planned: readonly PlannedTopic[], options: TopicSetupOptions): Promise<void> {
  if (planned.length === 0) return;
  const { admin, replicationFactor } = options;
  const names = planned.map((topic) => topic.name);
  const present = await admin.describeTopics(names);
  for (const { name, partitions } of planned) {
    const found = present.get(name)?.partitions;
    if (found !== undefined && found !== partitions) throw new InternalTopicError(name, found, partitions);
  }
  const absent = planned.filter(({ name }) => present.get(name) == null);
  await warnOfOtherPolicies(
    planned.filter((topic) => !absent.includes(topic)),
    options,
  );
  if (absent.length === 0) return;
  await admin.createTopics(
    absent.map((topic) => ({ ...topic, ...(replicationFactor === undefined ? {} : { replicationFactor }) })),
  );
  const made = await admin.describeTopics(names);
  const pending = names.filter((name) => made.get(name) == null);
  if (pending.length > 0) throw new RetriableError(`Internal topics are being made: ${pending.join(", ")}.`);
}

/** As in Kafka Streams, such a topic is used as it is: somebody may have meant it. */
async function warnOfOtherPolicies(
  topics: readonly PlannedTopic[],
  { admin, logger }: TopicSetupOptions,
): Promise<void> {
  if (topics.length === 0) return;
  const configs = await admin.topicConfigs(topics.map(({ name }) => name));
  for (const { name, config } of topics) {
    const found = configs.get(name)?.["cleanup.policy"];
    const wanted = config["cleanup.policy"];
    if (found === undefined || wanted === undefined || policies(found) === policies(wanted)) continue;
    logger.warn(
      `Internal topic ${name} has cleanup.policy ${found}, it would have been made with ${wanted}. State may be lost, or grow for ever: correct the topic's configuration.`,
    );
  }
}

const policies = (text: string): string =>
  text
    .split(",")
    .map((policy) => policy.trim())
    .sort()
    .join();

function userSources(topology: PhysicalTopology): { topics: readonly string[]; patterns: readonly RegExp[] } {
  const topics = new Set<string>();
  const patterns: RegExp[] = [];
  for (const { nodes } of topology.subtopologies) {
    for (const node of nodes) {
      if (node.kind !== "source") continue;
      for (const topic of node.topics) if (!topology.internalTopics.has(topic)) topics.add(topic);
      if (node.pattern !== null) patterns.push(node.pattern);
    }
  }
  return { topics: [...topics], patterns };
}

function counts(...described: readonly ReadonlyMap<string, TopicInfo | null>[]): ReadonlyMap<string, number> {
  const partitions = new Map<string, number>();
  for (const topics of described)
    for (const [name, info] of topics) if (info !== null) partitions.set(name, info.partitions);
  return partitions;
}
