import type { GroupAssignor, RebalanceListener } from "../../port/consumer.js";
import type { Topics } from "../topics.js";

/** What a member wants to read, who divides it, and who is told. */
export interface Subscription {
  readonly wanted: readonly string[] | RegExp;
  readonly assignor: GroupAssignor;
  readonly listener: RebalanceListener;
}

/** The names the subscription stands for now. Named topics need not exist; a pattern matches those that do. */
export function subscribedTopics(subscription: Subscription, topics: Topics): readonly string[] {
  const { wanted } = subscription;
  if (!(wanted instanceof RegExp)) return [...new Set(wanted)];
  return topics.names().filter((name) => {
    wanted.lastIndex = 0;
    return wanted.test(name);
  });
}

/** Tells whether two moments of the same topics differ: names and partition counts. */
export function topicsSignature(names: Iterable<string>, topics: Topics): string {
  const counts = [...names].sort().map((name) => [name, topics.get(name)?.logs.length ?? 0]);
  return JSON.stringify(counts);
}
