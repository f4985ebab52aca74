import { TopologyError } from "../model/index.js";

/** The topics and patterns that sources read, so that no topic is read by two. */
export class SourceTopics {
  readonly #topics = new Set<string>();
  readonly #patterns: RegExp[] = [];

  /** Throws TopologyError for a topic that another source reads, by name or by pattern. */
  add(topics: string | readonly string[] | RegExp): void {
    if (topics instanceof RegExp) this.#addPattern(topics);
    else this.#addNames(typeof topics === "string" ? [topics] : topics);
  }

  #addNames(topics: readonly string[]): void {
    if (topics.length === 0) throw new TopologyError("A source must have at least one topic.");
    for (const topic of topics) {
      if (this.#topics.has(topic)) {
        throw new TopologyError(
          `Topic ${topic} has already been registered by another source. Read it once and branch from there.`,
        );
      }
      const pattern = this.#patterns.find((candidate) => matchesTopic(candidate, topic));
      if (pattern !== undefined) {
        throw new TopologyError(`Topic ${topic} is read by the source of pattern ${pattern.source} already.`);
      }
    }
    for (const topic of topics) this.#topics.add(topic);
  }

  #addPattern(pattern: RegExp): void {
    for (const topic of this.#topics) {
      if (matchesTopic(pattern, topic)) {
        throw new TopologyError(
          `Pattern ${pattern.source} matches topic ${topic}, which another source reads already.`,
        );
      }
    }
    if (this.#patterns.some((other) => other.source === pattern.source)) {
      throw new TopologyError(`Pattern ${pattern.source} has already been registered by another source.`);
    }
    this.#patterns.push(pattern);
  }
}

/** Does the pattern match the topic's whole name? */
export function matchesTopic(pattern: RegExp, topic: string): boolean {
  return new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace(/[gy]/gu, "")).test(topic);
}
