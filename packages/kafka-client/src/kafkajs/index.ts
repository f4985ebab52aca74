export { kafka } from "./kafka.js";
export type { KafkaOptions, SaslOptions } from "./kafka-options.js";
export type { KafkajsClient } from "./kafkajs-client.js";
