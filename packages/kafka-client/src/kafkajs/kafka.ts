import { connectionSettings, type KafkaOptions } from "./kafka-options.js";
import { KafkajsClient } from "./kafkajs-client.js";

/**
 * A client of a Kafka cluster, brokers 2.8 to 4.x. Connects when first used, reconnects by itself, and is closed by whoever
 * made it. Throws FatalClientError for a malformed broker address.
 *
 *     const client = kafka({ brokers: ["localhost:9092"] });
 */
export function kafka(options: KafkaOptions): KafkajsClient {
  return new KafkajsClient(connectionSettings(options));
}
