import type { GroupAssignor, RebalanceListener } from "../port/consumer.js";
import type { TopicDirectory } from "./topic-directory.js";

/** What a member wants to read, who divides it, and who is told. */
export interface Subscription {
  readonly wanted: readonly string[] | RegExp;
  readonly assignor: GroupAssignor;
  readonly listener: RebalanceListener;
}

/** The names the subscription stands for now. Named topics need not exist; a pattern matches those that do. */
export function subscribedTopics({ wanted }: Subscription, directory: TopicDirectory): readonly string[] {
  if (!(wanted instanceof RegExp)) return [...new Set(wanted)];
  return directory.names().filter((name) => {
    wanted.lastIndex = 0;
    return wanted.test(name);
  });
}

/** Tells whether two moments of the same topics differ: names and partition counts. */
export function topicsSignature(names: Iterable<string>, directory: TopicDirectory): string {
  return JSON.stringify([...names].sort().map((name) => [name, directory.partitionCount(name)]));
}
