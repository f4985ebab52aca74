import type { ClusterView } from "../port/admin.js";

/** The topics of the cluster, as far as a member knows them. */
export interface TopicDirectory {
  /** False until the cluster was asked for the first time: joining waits for that. */
  readonly known: boolean;
  /** In alphabetical order. May hold no more than what the subscription asks for. */
  names(): readonly string[];
  /** Zero for a topic that does not exist. */
  partitionCount(topic: string): number;
  /** A fresh look, for the leader. Topics that do not exist are left out. */
  view(topics: ReadonlySet<string>): Promise<ClusterView>;
}
