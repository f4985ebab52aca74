export type * from "./admin.js";
export type * from "./client.js";
export type * from "./consumer.js";
export * from "./errors.js";
export type * from "./producer.js";
export type * from "./records.js";
export { tp, type OffsetMap, type TopicPartition, type TpMap } from "./topic-partition.js";
