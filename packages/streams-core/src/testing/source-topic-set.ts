import { matchesTopic, realTopicName, type PhysicalTopology } from "../topology/index.js";

/** The topics that a topology's tasks read: those named, and those that match a pattern. */
export class SourceTopicSet {
  /** Real names. */
  readonly names: ReadonlySet<string>;
  private readonly patterns: readonly RegExp[];
  private readonly matched = new Map<string, boolean>();

  constructor(topology: PhysicalTopology, applicationId: string) {
    const sources = topology.subtopologies.flatMap(({ nodes }) => nodes.filter((node) => node.kind === "source"));
    const topics = sources.flatMap((source) => source.topics);
    this.names = new Set(topics.map((topic) => realTopicName(topology, applicationId, topic)));
    this.patterns = sources.flatMap(({ pattern }) => (pattern === null ? [] : [pattern]));
  }

  has(topic: string): boolean {
    if (this.names.has(topic)) return true;
    if (this.patterns.length === 0) return false;
    let matches = this.matched.get(topic);
    if (matches === undefined) {
      matches = this.patterns.some((pattern) => matchesTopic(pattern, topic));
      this.matched.set(topic, matches);
    }
    return matches;
  }
}
