import type { ClusterView } from "@millrace/kafka-client";
import { setUpTopics, type TopicSetupOptions } from "./topic-setup.js";

/** Has topics set up when the app starts, and verified again by the group's leader whenever they have changed. */
export class TopicCheck {
  readonly #options: TopicSetupOptions;
  /** Partition counts as they were found to be right. */
  #verified: ReadonlyMap<string, number> = new Map();

  constructor(options: TopicSetupOptions) {
    this.#options = options;
  }

  /** Throws what `setUpTopics` does. */
  async setUp(): Promise<void> {
    this.#verified = await setUpTopics(this.#options);
  }

  /** Gives the cluster as it is when the topology fits it: topics that were missing may have been made. */
  async check(cluster: ClusterView, sources: readonly string[]): Promise<ClusterView> {
    const names = new Set([...cluster.topics.keys(), ...sources]);
    if ([...names].every((name) => cluster.topics.get(name)?.partitions === this.#verified.get(name))) return cluster;
    await this.setUp();
    return this.#options.admin.clusterView([...names]);
  }
}
