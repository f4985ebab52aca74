import type { MemberAssignment } from "../port/consumer.js";
import { tp, type TopicPartition } from "../port/topic-partition.js";
import { byTopic } from "./requests/by-topic.js";
import { ResponseReader } from "./requests/reader.js";
import { RequestWriter } from "./requests/writer.js";

/** What a member tells the leader through the coordinator, which does not look into it. */
export interface ConsumerSubscription {
  readonly topics: readonly string[];
  readonly userData: Uint8Array | null;
  readonly ownedPartitions: readonly TopicPartition[];
  /** In which it came to own them; -1 for none, or where an old client does not say. */
  readonly generation: number;
}

const SUBSCRIPTION_VERSION = 3;
const ASSIGNMENT_VERSION = 3;

/** Version 3 of the consumer protocol's subscription, without a rack. */
export function encodeSubscription(subscription: ConsumerSubscription): Buffer {
  const writer = new RequestWriter().int16(SUBSCRIPTION_VERSION);
  writer.array(subscription.topics, (topic) => writer.string(topic));
  writer.nullableByteArray(subscription.userData);
  writePartitions(writer, subscription.ownedPartitions);
  return writer.int32(subscription.generation).nullableString(null).bytes();
}

/** Any version: what a newer one adds at its end is not looked at. User data is a copy. */
export function decodeSubscription(bytes: Buffer): ConsumerSubscription {
  const reader = new ResponseReader(bytes);
  const version = reader.int16();
  const topics = reader.array(() => reader.string());
  const userData = copied(reader.nullableByteArray());
  const ownedPartitions = version >= 1 ? readPartitions(reader) : [];
  const generation = version >= 2 ? reader.int32() : -1;
  return { topics, userData, ownedPartitions, generation };
}

/** The consumer protocol's assignment. */
export function encodeAssignment({ partitions, userData }: MemberAssignment): Buffer {
  const writer = new RequestWriter().int16(ASSIGNMENT_VERSION);
  writePartitions(writer, partitions);
  return writer.nullableByteArray(userData).bytes();
}

/** Any version; no bytes at all are an empty assignment. User data is a copy. */
export function decodeAssignment(bytes: Buffer): MemberAssignment {
  if (bytes.length === 0) return { partitions: [], userData: null };
  const reader = new ResponseReader(bytes);
  reader.int16();
  return { partitions: readPartitions(reader), userData: copied(reader.nullableByteArray()) };
}

function writePartitions(writer: RequestWriter, partitions: readonly TopicPartition[]): void {
  const topics = byTopic(partitions.map((partition) => [partition, null] as const));
  writer.array(topics, ([topic, indexes]) => {
    writer.string(topic).array(indexes, ([index]) => writer.int32(index));
  });
}

function readPartitions(reader: ResponseReader): TopicPartition[] {
  const partitions: TopicPartition[] = [];
  reader.array(() => {
    const topic = reader.string();
    reader.array(() => partitions.push(tp(topic, reader.int32())));
  });
  return partitions;
}

/** The answer's buffer is as large as all members' words together: a piece of it must not keep it alive. */
function copied(view: Buffer | null): Uint8Array | null {
  return view === null ? null : Uint8Array.from(view);
}
