declare const tpBrand: unique symbol;

/** One partition of a topic. Interned: only {@link tp} makes one, equal pairs are the same object, so Maps work by identity. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
  readonly [tpBrand]: true;
}

export type TpMap<V> = ReadonlyMap<TopicPartition, V>;
export type OffsetMap = TpMap<number>;

const interned = new Map<string, TopicPartition[]>();

/** The one object that stands for `topic`-`partition`. */
export function tp(topic: string, partition: number): TopicPartition {
  let partitions = interned.get(topic);
  if (partitions === undefined) interned.set(topic, (partitions = []));
  return (partitions[partition] ??= Object.freeze({ topic, partition }) as TopicPartition);
}
