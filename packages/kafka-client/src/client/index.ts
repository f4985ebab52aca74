export { admin, type Admin } from "./admin.js";
export type { BytesLike } from "./bytes-like.js";
export { Consumer, type ConsumerOptions, type PartitionsMoved } from "./consumer.js";
export type { IncomingHeader, IncomingRecord } from "./incoming-record.js";
export { murmur2, partitionOfKey } from "./murmur2.js";
export {
  Producer,
  type Delivery,
  type DeliveryCounts,
  type DeliveryListener,
  type OutgoingRecord,
  type ProducerOptions,
  type TransactionScope,
} from "./producer.js";
export { readTopic, type ReadTopicOptions } from "./read-topic.js";
export { stickyAssignor } from "./sticky-assignor.js";
