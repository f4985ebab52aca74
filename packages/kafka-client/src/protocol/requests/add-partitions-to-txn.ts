import { tp, type TopicPartition, type TpMap } from "../../port/topic-partition.js";
import { byTopic } from "./by-topic.js";
import { ResponseReader } from "./reader.js";
import type { Request } from "./request.js";
import type { TransactionOrigin } from "./transaction-origin.js";
import { RequestWriter } from "./writer.js";

/** AddPartitionsToTxn v2: before the first batch of a partition in a transaction. Answers an error code for each. */
export function addPartitionsToTxnRequest(
  { transactionalId, producerId, epoch }: TransactionOrigin,
  partitions: readonly TopicPartition[],
): Request<TpMap<number>> {
  return {
    ...{ name: "AddPartitionsToTxn", apiKey: 24, apiVersion: 2, flexible: false },
    encode: () => {
      const writer = new RequestWriter().string(transactionalId).int64(producerId).int16(epoch);
      const topics = byTopic(partitions.map((each) => [each, null]));
      writer.array(topics, ([topic, ofTopic]) =>
        writer.string(topic).array(ofTopic, ([partition]) => writer.int32(partition)),
      );
      return writer.bytes();
    },
    decode: (body) => {
      const reader = new ResponseReader(body);
      reader.int32();
      return readPartitionErrors(reader);
    },
  };
}

function readPartitionErrors(reader: ResponseReader): TpMap<number> {
  const errors = new Map<TopicPartition, number>();
  reader.array(() => {
    const topic = reader.string();
    reader.array(() => {
      const partition = tp(topic, reader.int32());
      errors.set(partition, reader.int16());
    });
  });
  return errors;
}
