import { serdes } from "millrace";
import { TopologyTestDriver } from "millrace/testing";
import { expect, it } from "vitest";
import { countsTopic, linesTopic, topology } from "./topology.js";

it("counts runs of ASCII word characters, lower-cased, and nothing else", () => {
  using driver = new TopologyTestDriver(topology());
  const input = driver.createInputTopic(linesTopic, { key: serdes.string, value: serdes.string });
  const output = driver.createOutputTopic(countsTopic, { key: serdes.string, value: serdes.long });

  input.pipeValueList(["To be, or not to-be", "", "co_2 \u212aelvin na\u00efve"]);

  expect(output.readAllKeyValues().map(({ key, value }) => [key, value])).toEqual([
    ["to", 1],
    ["be", 1],
    ["or", 1],
    ["not", 1],
    ["to", 2],
    ["be", 2],
    ["co_2", 1],
    ["elvin", 1],
    ["na", 1],
    ["ve", 1],
  ]);
});
