import { serdes } from "millrace";
import { TopologyTestDriver } from "millrace/testing";
import { expect, it } from "vitest";
import { courierSerde, positionTopic } from "../courier.js";
import { roundedTopic, topology } from "./topology.js";

it("rounds positions to whole degrees and keeps the timestamps", () => {
  using driver = new TopologyTestDriver(topology());
  const input = driver.createInputTopic(positionTopic, { key: serdes.string, value: courierSerde });
  const output = driver.createOutputTopic(roundedTopic, { key: serdes.string, value: courierSerde });

  input.pipeInput("a", { id: "a", position: { latitude: 44.5, longitude: 9.49 } }, { timestamp: 1000 });
  input.pipeInput("b", { id: "b", position: { latitude: -0.4, longitude: 179.9 } }, { timestamp: 500 });

  expect(output.readAllRecords().map(({ key, value, timestamp }) => [key, value?.position, timestamp])).toEqual([
    ["a", { latitude: 45, longitude: 9 }, 1000],
    ["b", { latitude: 0, longitude: 180 }, 500],
  ]);
});
