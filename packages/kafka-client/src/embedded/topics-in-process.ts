import type { TopicDirectory } from "../membership/topic-directory.js";
import type { ClusterView } from "../port/admin.js";
import type { Topics } from "./topics.js";

/** The topics of this process, as members of a group see them. */
export class TopicsInProcess implements TopicDirectory {
  readonly known = true;
  readonly #topics: Topics;

  constructor(topics: Topics) {
    this.#topics = topics;
  }

  names(): readonly string[] {
    return this.#topics.names();
  }

  partitionCount(topic: string): number {
    return this.#topics.partitionCount(topic);
  }

  async view(topics: ReadonlySet<string>): Promise<ClusterView> {
    return this.#topics.view(topics);
  }
}
