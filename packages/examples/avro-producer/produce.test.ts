import { inMemoryRegistry } from "@millrace/schema-registry";
import { embedded, readTopic } from "millrace";
import { expect, it } from "vitest";
import { avroPositionTopic, courierSerde } from "../avro-courier.js";
import { CourierGenerator } from "../courier-generator.js";
import { produce } from "./produce.js";

it("has every report in the topic, in Avro, and its schema in the registry", async () => {
  await using client = embedded();
  await using registry = inMemoryRegistry({ faults: { latencyMs: 1 } });
  await client.admin().createTopics([{ name: avroPositionTopic, partitions: 1 }]);
  let progress = 0;
  const counts = await produce(client, registry, { couriers: 10, messages: 500 }, () => progress++);

  expect(counts).toEqual({ acknowledged: 500, failed: 0 });
  expect(progress).toBe(500);
  expect(await registry.versions("position-avro-value")).toEqual([1]);
  const courier = courierSerde(registry);
  const generator = new CourierGenerator(10);
  let read = 0;
  for await (const { key, value } of readTopic(client, avroPositionTopic)) {
    await courier.prepareFor([value]);
    const report = courier.deserialize(avroPositionTopic, value!);
    expect(report).toEqual(generator.next());
    expect(report.id).toBe(String(key));
    read++;
  }
  expect(read).toBe(500);
});
