import type { TopicPartition } from "../../port/topic-partition.js";

/** Groups what is said per partition by topic, as requests want it; order is kept. */
export function byTopic<V>(entries: Iterable<readonly [TopicPartition, V]>): Map<string, (readonly [number, V])[]> {
  const topics = new Map<string, (readonly [number, V])[]>();
  for (const [{ topic, partition }, value] of entries) {
    let partitions = topics.get(topic);
    if (partitions === undefined) topics.set(topic, (partitions = []));
    partitions.push([partition, value]);
  }
  return topics;
}
