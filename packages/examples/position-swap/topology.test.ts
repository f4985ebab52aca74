import { serdes } from "millrace";
import { TopologyTestDriver } from "millrace/testing";
import { expect, it } from "vitest";
import { courierSerde, positionSerde, positionTopic } from "../courier.js";
import { swappedTopic, topology } from "./topology.js";

it("makes the rounded position the key and the courier's id the value", () => {
  using driver = new TopologyTestDriver(topology());
  const input = driver.createInputTopic(positionTopic, { key: serdes.string, value: courierSerde });
  const output = driver.createOutputTopic(swappedTopic, { key: positionSerde, value: serdes.string });

  input.pipeInput("a", { id: "a", position: { latitude: 44.6, longitude: 9.2 } }, { timestamp: 7 });

  expect(output.readAllRecords()).toEqual([
    { key: { latitude: 45, longitude: 9 }, value: "a", timestamp: 7, headers: [] },
  ]);
});
