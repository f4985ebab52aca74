import type { ClusterView } from "@millrace/kafka-client";
import { realTopicName } from "../topology/index.js";
import { ChangelogReplacedError } from "./app-errors.js";
import { setUpTopics, type TopicSetupOptions } from "./topic-setup.js";

/** Has topics set up when the app starts, and verified again by the group's leader whenever they have changed. */
export class TopicCheck {
  readonly #options: TopicSetupOptions;
  /** Partition counts as they were found to be right. */
  #verified: ReadonlyMap<string, number> = new Map();
  /** Real names. */
  readonly #changelogs: readonly string[];
  /** Ids of the changelogs as they were first seen, where the cluster tells. */
  readonly #changelogIds = new Map<string, string>();

  constructor(options: TopicSetupOptions) {
    this.#options = options;
    const { topology, applicationId } = options;
    this.#changelogs = [...topology.internalTopics.values()]
      .filter(({ kind }) => kind === "changelog")
      .map(({ name }) => realTopicName(topology, applicationId, name));
  }

  /** Throws what `setUpTopics` does. */
  async setUp(): Promise<void> {
    this.#verified = await setUpTopics(this.#options);
    await this.#checkChangelogs();
  }

  /**
   * Gives the cluster as it is when the topology fits it: topics that were missing may have been made. Throws what
   * `setUpTopics` does, and ChangelogReplacedError.
   */
  async check(cluster: ClusterView, sources: readonly string[]): Promise<ClusterView> {
    await this.#checkChangelogs();
    const names = new Set([...cluster.topics.keys(), ...sources]);
    if ([...names].every((name) => cluster.topics.get(name)?.partitions === this.#verified.get(name))) return cluster;
    await this.setUp();
    return this.#options.admin.clusterView([...names]);
  }

  /** One that is missing is left to its writers, who are told: brokers may not know yet what was made a moment ago. */
  async #checkChangelogs(): Promise<void> {
    if (this.#changelogs.length === 0) return;
    const replaced: string[] = [];
    for (const [topic, info] of await this.#options.admin.describeTopics(this.#changelogs)) {
      if (info?.topicId === undefined) continue;
      const known = this.#changelogIds.get(topic);
      if (known === undefined) this.#changelogIds.set(topic, info.topicId);
      else if (known !== info.topicId) replaced.push(topic);
    }
    if (replaced.length > 0) throw new ChangelogReplacedError(replaced);
  }
}
