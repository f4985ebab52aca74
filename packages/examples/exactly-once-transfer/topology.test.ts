import { serdes } from "millrace";
import { TopologyTestDriver } from "millrace/testing";
import { expect, it } from "vitest";
import { courierSerde, positionTopic } from "../courier.js";
import { origin, topology, transferredSerde, transferredTopic } from "./topology.js";

it("adds the distance and keeps the rest", () => {
  using driver = new TopologyTestDriver(topology());
  const input = driver.createInputTopic(positionTopic, { key: serdes.string, value: courierSerde });
  const output = driver.createOutputTopic(transferredTopic, { key: serdes.string, value: transferredSerde });

  input.pipeInput("a", { id: "a", position: origin }, { timestamp: 1000 });
  input.pipeInput("b", { id: "b", position: { latitude: 46.4642, longitude: 9.19 } }, { timestamp: 500 });

  expect(output.readAllRecords().map(({ key, value, timestamp }) => [key, value, timestamp])).toEqual([
    ["a", { id: "a", position: origin, distanceKm: 0 }, 1000],
    ["b", { id: "b", position: { latitude: 46.4642, longitude: 9.19 }, distanceKm: 111.195 }, 500],
  ]);
});
