import type { OffsetReset, OffsetResetPolicy, TopicPartition } from "@millrace/kafka-client";
import type { TaskId } from "../model/index.js";
import {
  matchesTopic,
  realTopicName,
  type PhysicalTopology,
  type SourceNode,
  type Subtopology,
} from "../topology/index.js";

/** A pattern source and the sub-topology it belongs to. */
interface PatternSource {
  readonly pattern: RegExp;
  readonly subtopology: Subtopology;
  readonly reset: OffsetReset | null;
}

/** How a topology's real topics, sub-topologies and tasks belong together. Pure look-ups. */
export class WorkerPlan {
  readonly topology: PhysicalTopology;
  readonly applicationId: string;
  readonly #byTopic = new Map<string, Subtopology>();
  readonly #stateful = new Map<number, readonly { readonly topic: string; readonly isSource: boolean }[]>();
  readonly #patterns: PatternSource[] = [];
  readonly #resets = new Map<string, OffsetReset>();
  readonly #repartitions = new Set<string>();

  constructor(topology: PhysicalTopology, applicationId: string) {
    this.topology = topology;
    this.applicationId = applicationId;
    for (const subtopology of topology.subtopologies) {
      const changelogs = subtopology.stores.flatMap(({ changelog, sourceIsChangelog }) =>
        changelog === null ? [] : [{ topic: this.realTopic(changelog), isSource: sourceIsChangelog }],
      );
      if (changelogs.length > 0) this.#stateful.set(subtopology.id, changelogs);
      for (const node of subtopology.nodes) if (node.kind === "source") this.#addSource(node, subtopology);
    }
  }

  /** Real names of the source topics that are named, not matched. */
  get namedTopics(): readonly string[] {
    return [...this.#byTopic.keys()];
  }

  /** True when no sub-topology reads a topic: global stores alone. */
  get hasNoSources(): boolean {
    return this.#byTopic.size === 0 && this.#patterns.length === 0;
  }

  /** What the group subscribes to: the named topics, or one pattern that matches them all. */
  subscription(): readonly string[] | RegExp {
    if (this.#patterns.length === 0) return this.namedTopics;
    const named = this.namedTopics.map((topic) => topic.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    const sources = this.#patterns.map((source) => `(?:${source.pattern.source})`);
    const flags = this.#patterns[0]?.pattern.flags.replaceAll(/[gy]/g, "");
    return new RegExp(`^(?:${[...named, ...sources].join("|")})$`, flags);
  }

  /** The sub-topology that reads a real topic; undefined when none does. */
  subtopologyOf(topic: string): Subtopology | undefined {
    return this.#byTopic.get(topic) ?? this.#matching(topic)?.subtopology;
  }

  subtopology(id: number): Subtopology | undefined {
    return this.topology.subtopologies.find((candidate) => candidate.id === id);
  }

  /** The task a source partition belongs to: that of its number in the sub-topology that reads its topic (R1). */
  taskOf(partition: TopicPartition): TaskId | undefined {
    const subtopology = this.subtopologyOf(partition.topic);
    return subtopology === undefined ? undefined : { subtopology: subtopology.id, partition: partition.partition };
  }

  /** True when a sub-topology has stores with changelogs. */
  isStateful(id: number): boolean {
    return this.#stateful.has(id);
  }

  /** Real names of the changelogs of a sub-topology, and whether they are source topics of its own (R14). */
  changelogsOf(id: number): readonly { readonly topic: string; readonly isSource: boolean }[] {
    return this.#stateful.get(id) ?? [];
  }

  /** The real name of a topic of the topology: internal ones carry the application's id. */
  realTopic(name: string): string {
    return realTopicName(this.topology, this.applicationId, name);
  }

  isRepartition(topic: string): boolean {
    return this.#repartitions.has(topic);
  }

  /** Where a topic without a committed offset starts; repartition topics always at their beginning. */
  resetOf(topic: string, fallback: OffsetReset): OffsetReset {
    const named = this.#resets.get(topic);
    if (named !== undefined || this.#byTopic.has(topic)) return named ?? fallback;
    return this.#matching(topic)?.reset ?? fallback;
  }

  /** The same for the topics that are named, as a consumer takes it. */
  offsetReset(fallback: OffsetReset): OffsetResetPolicy {
    return { fallback, byTopic: this.#resets };
  }

  #addSource(node: SourceNode, subtopology: Subtopology): void {
    if (node.pattern !== null) this.#patterns.push({ pattern: node.pattern, subtopology, reset: node.offsetReset });
    for (const name of node.topics) {
      const topic = this.realTopic(name);
      this.#byTopic.set(topic, subtopology);
      const internal = this.topology.internalTopics.has(name);
      if (internal) this.#repartitions.add(topic);
      const reset = internal ? "earliest" : node.offsetReset;
      if (reset !== null) this.#resets.set(topic, reset);
    }
  }

  #matching(topic: string): PatternSource | undefined {
    return this.#patterns.find(({ pattern }) => matchesTopic(pattern, topic));
  }
}
