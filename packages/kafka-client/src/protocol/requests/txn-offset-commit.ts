import type { GroupMetadata, OffsetAndMetadata } from "../../port/consumer.js";
import { tp, type TopicPartition, type TpMap } from "../../port/topic-partition.js";
import { byTopic } from "./by-topic.js";
import { ResponseReader } from "./reader.js";
import type { Request } from "./request.js";
import type { TransactionOrigin } from "./transaction-origin.js";
import { RequestWriter } from "./writer.js";

const NO_LEADER_EPOCH = -1;

/**
 * TxnOffsetCommit v3: the offsets a transaction is to commit, checked against the group's generation, member and instance
 * (KIP-447). Answers an error code for each partition.
 */
export function txnOffsetCommitRequest(
  { transactionalId, producerId, epoch }: TransactionOrigin,
  group: GroupMetadata,
  offsets: TpMap<OffsetAndMetadata>,
): Request<TpMap<number>> {
  return {
    ...{ name: "TxnOffsetCommit", apiKey: 28, apiVersion: 3, flexible: true },
    encode: () => {
      const writer = new RequestWriter()
        .compactString(transactionalId)
        .compactString(group.groupId)
        .int64(producerId)
        .int16(epoch)
        .int32(group.generation)
        .compactString(group.memberId)
        .compactNullableString(group.instanceId);
      writer.compactArray(byTopic(offsets), ([topic, ofTopic]) =>
        writer
          .compactString(topic)
          .compactArray(ofTopic, ([partition, committed]) => writeOffset(writer, partition, committed))
          .tags(),
      );
      return writer.tags().bytes();
    },
    decode: decodeTxnOffsetCommit,
  };
}

function writeOffset(writer: RequestWriter, partition: number, committed: OffsetAndMetadata): void {
  writer
    .int32(partition)
    .int64(committed.offset)
    .int32(committed.leaderEpoch ?? NO_LEADER_EPOCH)
    .compactNullableString(committed.metadata ?? null)
    .tags();
}

function decodeTxnOffsetCommit(body: Buffer): TpMap<number> {
  const reader = new ResponseReader(body, 4);
  const errors = new Map<TopicPartition, number>();
  reader.compactArray(() => {
    const topic = reader.compactString();
    reader.compactArray(() => {
      const partition = tp(topic, reader.int32());
      errors.set(partition, reader.int16());
      reader.tags();
    });
    reader.tags();
  });
  return errors;
}
