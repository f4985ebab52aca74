import type { ClusterView } from "@millrace/kafka-client";
import { setUpTopics, type TopicSetupOptions } from "./topic-setup.js";

/** Has topics set up when the app starts, and verified again by the group's leader whenever they have changed. */
export class TopicCheck {
  readonly #options: TopicSetupOptions;
  #verified: string | null = null;

  constructor(options: TopicSetupOptions) {
    this.#options = options;
  }

  /** Throws what `setUpTopics` does. */
  async setUp(): Promise<void> {
    await setUpTopics(this.#options);
  }

  /** Gives the cluster as it is when the topology fits it: topics that were missing may have been made. */
  async check(cluster: ClusterView, sources: readonly string[]): Promise<ClusterView> {
    const known = new Set([...cluster.topics.keys(), ...sources]);
    if (signatureOf(cluster, known) === this.#verified) return cluster;
    await setUpTopics(this.#options);
    const view = await this.#options.admin.clusterView([...known]);
    this.#verified = signatureOf(view, known);
    return view;
  }
}

function signatureOf({ topics }: ClusterView, names: ReadonlySet<string>): string {
  return [...names]
    .sort()
    .map((name) => `${name}=${topics.get(name)?.partitions ?? "-"}`)
    .join();
}
