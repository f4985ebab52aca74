import { serdes } from "millrace";
import { TopologyTestDriver } from "millrace/testing";
import { expect, it } from "vitest";
import { courierSerde, positionTopic } from "../courier.js";
import { northTopic, restTopic, topology } from "./topology.js";

it("sends couriers north of 45 degrees one way, all others the other way, the boundary with the others", () => {
  using driver = new TopologyTestDriver(topology());
  const serde = { key: serdes.string, value: courierSerde };
  const input = driver.createInputTopic(positionTopic, serde);
  const north = driver.createOutputTopic(northTopic, serde);
  const rest = driver.createOutputTopic(restTopic, serde);

  const latitudes = { a: 45.1, b: 45, c: 44.9, d: 60 };
  for (const [id, latitude] of Object.entries(latitudes)) {
    input.pipeInput(id, { id, position: { latitude, longitude: 9 } });
  }

  expect(north.readAllKeyValues().map(({ key }) => key)).toEqual(["a", "d"]);
  expect(rest.readAllKeyValues().map(({ key }) => key)).toEqual(["b", "c"]);
});
