import { inMemoryRegistry } from "@millrace/schema-registry";
import { serdes } from "millrace";
import { TopologyTestDriver } from "millrace/testing";
import { expect, it } from "vitest";
import { avroPositionTopic, courierSerde, placeSerde } from "../avro-courier.js";
import { swappedTopic, topology } from "./topology.js";

it("makes the rounded position the key, under a subject of keys, and the courier's id the value", async () => {
  const registry = inMemoryRegistry();
  using driver = new TopologyTestDriver(topology(registry));
  const input = driver.createInputTopic(avroPositionTopic, { key: serdes.string, value: courierSerde(registry) });
  const output = driver.createOutputTopic(swappedTopic, { key: placeSerde(registry), value: serdes.string });

  input.pipeInput("a", { id: "a", position: { latitude: 44.6, longitude: 9.2 } }, { timestamp: 7 });

  expect(output.readAllRecords()).toEqual([
    { key: { latitude: 45, longitude: 9 }, value: "a", timestamp: 7, headers: [] },
  ]);
  expect(await registry.subjects()).toEqual(["position-avro-value", "position-swapped-key"]);
});
