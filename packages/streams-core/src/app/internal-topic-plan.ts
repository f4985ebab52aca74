import { realTopicName, type InternalTopic, type PhysicalTopology, type Subtopology } from "../topology/index.js";
import { CopartitionError } from "./app-errors.js";

/** Partition counts of the source topics that exist, and the topics each pattern matches. */
export interface KnownTopics {
  readonly partitions: ReadonlyMap<string, number>;
  readonly matching: (pattern: RegExp) => readonly string[];
}

/** An internal topic under its real name, with the partition count it must have. */
export interface PlannedTopic {
  readonly name: string;
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
}

/**
 * How many partitions every internal topic must have: a repartition topic as many as the most of the topics upstream of
 * it, unless it was told (K4); a changelog as many as its sub-topology has tasks. Throws CopartitionError for topics
 * that must agree and do not.
 */
export function planInternalTopics(
  topology: PhysicalTopology,
  applicationId: string,
  known: KnownTopics,
): readonly PlannedTopic[] {
  const counts = new PartitionCounts(topology, known);
  const planned: PlannedTopic[] = [];
  for (const topic of topology.internalTopics.values()) {
    const partitions = topic.kind === "repartition" ? counts.of(topic.name) : counts.tasksOf(topic.subtopology);
    planned.push({ name: realTopicName(topology, applicationId, topic.name), partitions, config: topic.config });
  }
  return planned;
}

class PartitionCounts {
  readonly #topology: PhysicalTopology;
  readonly #known: KnownTopics;
  readonly #counts = new Map<string, number>();

  constructor(topology: PhysicalTopology, known: KnownTopics) {
    this.#topology = topology;
    this.#known = known;
    for (const topic of this.#repartitions()) this.#resolve(topic, []);
    for (const { copartitionGroups } of topology.subtopologies)
      for (const group of copartitionGroups) this.#agree(group);
  }

  of(topic: string): number {
    return this.#counts.get(topic) ?? this.#known.partitions.get(topic) ?? 0;
  }

  tasksOf(subtopology: number): number {
    const found = this.#topology.subtopologies.find(({ id }) => id === subtopology);
    return found === undefined ? 0 : Math.max(0, ...this.#sourceTopics(found).map((topic) => this.of(topic)));
  }

  *#repartitions(): Iterable<InternalTopic> {
    for (const topic of this.#topology.internalTopics.values()) if (topic.kind === "repartition") yield topic;
  }

  #resolve(topic: InternalTopic, path: readonly string[]): number {
    const known = topic.partitions ?? this.#counts.get(topic.name);
    if (known !== undefined) {
      this.#counts.set(topic.name, known);
      return known;
    }
    // The two topics of a join by foreign key feed each other: the other sources decide.
    if (path.includes(topic.name)) return 0;
    let most = 0;
    for (const upstream of this.#topology.subtopologies.filter((candidate) => writes(candidate, topic.name))) {
      for (const source of this.#sourceTopics(upstream)) {
        const internal = this.#topology.internalTopics.get(source);
        const count = internal === undefined ? this.of(source) : this.#resolve(internal, [...path, topic.name]);
        most = Math.max(most, count);
      }
    }
    this.#counts.set(topic.name, most);
    return most;
  }

  /** Topics that are given their count follow those that have one of their own. */
  #agree(group: readonly string[]): void {
    const free = group.filter((topic) => this.#topology.internalTopics.get(topic)?.partitions === null);
    const fixed = group.filter((topic) => !free.includes(topic));
    const counts = new Map(fixed.map((topic) => [topic, this.of(topic)]));
    if (new Set(counts.values()).size > 1) throw new CopartitionError(counts);
    const leading = fixed.length > 0 ? fixed : free;
    const agreed = Math.max(...leading.map((topic) => this.of(topic)));
    for (const topic of free) this.#counts.set(topic, agreed);
  }

  #sourceTopics(subtopology: Subtopology): readonly string[] {
    return subtopology.nodes.flatMap((node) => {
      if (node.kind !== "source") return [];
      return node.pattern === null ? node.topics : [...node.topics, ...this.#known.matching(node.pattern)];
    });
  }
}

function writes(subtopology: Subtopology, topic: string): boolean {
  return subtopology.nodes.some((node) => node.kind === "sink" && node.topic === topic);
}
