import { inMemoryRegistry } from "@millrace/schema-registry";
import { serdes } from "millrace";
import { TopologyTestDriver } from "millrace/testing";
import { expect, it } from "vitest";
import { avroPositionTopic, courierSerde } from "../avro-courier.js";
import { roundedTopic, topology } from "./topology.js";

it("rounds positions to whole degrees, keeps the timestamps, and registers the schema of what it writes", async () => {
  const registry = inMemoryRegistry();
  const serde = { key: serdes.string, value: courierSerde(registry) };
  using driver = new TopologyTestDriver(topology(registry));
  const input = driver.createInputTopic(avroPositionTopic, serde);
  const output = driver.createOutputTopic(roundedTopic, serde);

  input.pipeInput("a", { id: "a", position: { latitude: 44.5, longitude: 9.49 } }, { timestamp: 1000 });
  input.pipeInput("b", { id: "b", position: { latitude: -0.4, longitude: 179.9 } }, { timestamp: 500 });

  expect(output.readAllRecords().map(({ key, value, timestamp }) => [key, value?.position, timestamp])).toEqual([
    ["a", { latitude: 45, longitude: 9 }, 1000],
    ["b", { latitude: 0, longitude: 180 }, 500],
  ]);
  expect(await registry.subjects()).toEqual(["position-avro-value", "position-rounded-value"]);
});
