import type { OffsetAndMetadata } from "../../port/consumer.js";
import { tp, type TopicPartition, type TpMap } from "../../port/topic-partition.js";
import { ErrorCode } from "../error-codes.js";
import { byTopic } from "./by-topic.js";
import type { Request } from "./request.js";
import { ResponseReader } from "./reader.js";
import { RequestWriter } from "./writer.js";

export interface OffsetFetchResponse {
  /** The group's error, else the first of a partition, other than being unstable. */
  readonly errorCode: number;
  /** Null: nothing was committed. */
  readonly offsets: TpMap<OffsetAndMetadata | null>;
  /** Whose offset a transaction holds that has not ended: asked for as `stable`, they have none in `offsets` (KIP-447). */
  readonly unstable: readonly TopicPartition[];
}

/** OffsetFetch v7, of one group: of the given partitions, or of all that have one for null. */
export function offsetFetchRequest(
  groupId: string,
  partitions: readonly TopicPartition[] | null,
  stable: boolean,
): Request<OffsetFetchResponse> {
  return {
    ...{ name: "OffsetFetch", apiKey: 9, apiVersion: 7, flexible: true },
    encode: () => {
      const writer = new RequestWriter(64 + (partitions?.length ?? 0) * 8).compactString(groupId);
      if (partitions === null) writer.uvarint(0);
      else writePartitions(writer, partitions);
      return writer.boolean(stable).tags().bytes();
    },
    decode,
  };
}

function writePartitions(writer: RequestWriter, partitions: readonly TopicPartition[]): void {
  const topics = byTopic(partitions.map((partition) => [partition, null] as const));
  writer.compactArray(topics, ([topic, indexes]) => {
    writer.compactString(topic);
    writer.compactArray(indexes, ([index]) => writer.int32(index)).tags();
  });
}

function decode(body: Buffer): OffsetFetchResponse {
  const reader = new ResponseReader(body);
  const offsets = new Map<TopicPartition, OffsetAndMetadata | null>();
  const unstable: TopicPartition[] = [];
  let partitionError: number = ErrorCode.NONE;
  reader.int32();
  reader.compactArray(() => {
    const topic = reader.compactString();
    reader.compactArray(() => {
      const partition = tp(topic, reader.int32());
      const offset = readOffset(reader);
      const errorCode = reader.int16();
      reader.tags();
      if (errorCode === ErrorCode.UNSTABLE_OFFSET_COMMIT) unstable.push(partition);
      else if (errorCode === ErrorCode.NONE) offsets.set(partition, offset);
      else partitionError = errorCode;
    });
    reader.tags();
  });
  const groupError = reader.int16();
  return { errorCode: groupError === ErrorCode.NONE ? partitionError : groupError, offsets, unstable };
}

function readOffset(reader: ResponseReader): OffsetAndMetadata | null {
  const offset = reader.int64();
  const leaderEpoch = reader.int32();
  const metadata = reader.compactNullableString() ?? "";
  if (offset < 0) return null;
  return { offset, metadata, ...(leaderEpoch < 0 ? {} : { leaderEpoch }) };
}
