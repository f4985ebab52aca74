import { inMemoryRegistry } from "@millrace/schema-registry";
import { serdes } from "millrace";
import { TopologyTestDriver } from "millrace/testing";
import { expect, it } from "vitest";
import { avroPositionTopic, courierSerde } from "../avro-courier.js";
import { northTopic, restTopic, topology } from "./topology.js";

it("sends couriers north of 45 degrees one way, all others the other way, the boundary with the others", () => {
  const registry = inMemoryRegistry();
  const serde = { key: serdes.string, value: courierSerde(registry) };
  using driver = new TopologyTestDriver(topology(registry));
  const input = driver.createInputTopic(avroPositionTopic, serde);
  const north = driver.createOutputTopic(northTopic, serde);
  const rest = driver.createOutputTopic(restTopic, serde);

  const latitudes = { a: 45.1, b: 45, c: 44.9, d: 60, e: 45.000_000_1 };
  for (const [id, latitude] of Object.entries(latitudes)) {
    input.pipeInput(id, { id, position: { latitude, longitude: 9 } });
  }

  expect(north.readAllKeyValues().map(({ key }) => key)).toEqual(["a", "d", "e"]);
  expect(rest.readAllKeyValues().map(({ key }) => key)).toEqual(["b", "c"]);
});
