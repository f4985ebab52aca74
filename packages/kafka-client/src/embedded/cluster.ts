import type { Environment } from "@millrace/kernel";
import type { ClusterHome } from "./cluster-home.js";
import type { EmbeddedOptions } from "./embedded-options.js";
import { Groups } from "./group/groups.js";
import { Topics, type Topic } from "./topics.js";
import { Transactions, type MarkerDelay } from "./transaction/transactions.js";

/** The state that all clients of one embedded cluster share. */
export class Cluster {
  readonly environment: Environment;
  readonly options: EmbeddedOptions;
  readonly topics: Topics;
  readonly groups: Groups;
  readonly transactions: Transactions;
  clusterId: string;

  constructor(options: EmbeddedOptions, environment: Environment, home: ClusterHome) {
    this.environment = environment;
    this.options = options;
    this.clusterId = environment.randomness.uuid();
    this.topics = new Topics(environment, home);
    this.groups = new Groups(environment, home.journal, options.initialRebalanceDelayMs ?? 0);
    const markerDelayMs = markerDelay(options.transactionMarkerDelayMs ?? 0);
    this.transactions = new Transactions(environment, home.journal, this.groups, markerDelayMs);
  }

  /** The topic a producer writes to: created on the way when the cluster does that. */
  topicForWriting(name: string): Topic | undefined {
    const topic = this.topics.get(name);
    if (topic !== undefined || this.options.autoCreateTopics !== true) return topic;
    return this.topics.create({ name, partitions: this.options.partitions ?? 1 });
  }

  deleteTopic(name: string): void {
    this.topics.delete(name);
    this.groups.forgetTopic(name);
  }
}

function markerDelay(delay: number | MarkerDelay): MarkerDelay {
  return typeof delay === "number" ? () => delay : delay;
}
