export { admin, type Admin } from "./admin.js";
export type { BytesLike } from "./bytes-like.js";
export { Consumer, type ConsumerOptions, type IncomingRecord } from "./consumer.js";
export { murmur2, partitionOfKey } from "./murmur2.js";
export {
  Producer,
  type Delivery,
  type OutgoingRecord,
  type ProducerOptions,
  type TransactionScope,
} from "./producer.js";
export { stickyAssignor } from "./sticky-assignor.js";
