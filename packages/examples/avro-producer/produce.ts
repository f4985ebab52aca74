import type { SchemaRegistry } from "@millrace/schema-registry";
import { Producer, type DeliveryCounts, type KafkaClient } from "millrace";
import { avroPositionTopic, courierSerde } from "../avro-courier.js";
import { CourierGenerator } from "../courier-generator.js";

export interface Plan {
  readonly couriers: number;
  /** Of all couriers together. */
  readonly messages: number;
}

/** Couriers that move at random report in Avro to the topic {@link avroPositionTopic}; gives what became of their reports. */
export async function produce(
  client: KafkaClient,
  registry: SchemaRegistry,
  { couriers, messages }: Plan,
  onProgress: () => void,
): Promise<DeliveryCounts> {
  const courier = courierSerde(registry);
  // Registers the schema, or finds it. From here on nothing waits for the registry.
  await courier.open({ topics: [avroPositionTopic] });
  await using producer = new Producer(client);
  const generator = new CourierGenerator(couriers);
  for (let sent = 0; sent < messages; sent++) {
    const report = generator.next();
    const value = courier.serialize(avroPositionTopic, report);
    await producer.post({ topic: avroPositionTopic, key: report.id, value });
    onProgress();
  }
  await producer.flush().catch(() => undefined); // The counts tell what it throws.
  return producer.counts;
}
