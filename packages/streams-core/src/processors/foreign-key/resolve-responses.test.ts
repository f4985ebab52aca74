import { describe, expect, it } from "vitest";
import { serdes, StreamsBuilder } from "../../index.js";
import { murmur3 } from "../../serde/murmur3.js";
import { TopologyTestDriver } from "../../testing/index.js";
import { responseSerde } from "./subscription-serde.js";

const { string } = serdes;
const hashOf = (value: string): Uint8Array => murmur3(Buffer.from(value));

/** What joins the row `a=p:1` gives once answers with these hashes come in, and how many it drops. */
function answered(...hashes: (Uint8Array | null)[]): { output: (string | null)[]; dropped: number } {
  const builder = new StreamsBuilder({ key: string, value: string });
  const on = (value: string): string => value.slice(0, 1);
  builder
    .table<string, string>("l")
    .join(builder.table<string, string>("r"), (left, right) => `${left}+${right}`, { on, name: "fk" })
    .toStream()
    .to("out");
  using driver = new TopologyTestDriver(builder.build(), { applicationId: "app" });
  driver.createInputTopic("l", { key: string, value: string }).pipeInput("a", "p:1", { timestamp: 1 });
  const answers = driver.createInputTopic("app-fk-subscription-response-topic", {
    key: string,
    value: responseSerde(string),
  });
  for (const hash of hashes) answers.pipeInput("a", { hash, value: "P", primaryPartition: null }, { timestamp: 2 });
  const output = driver.createOutputTopic("out", { key: string, value: string }).readAllValues();
  return { output, dropped: driver.droppedRecords };
}

describe("An answer to a row of a foreign-key join (J12)", () => {
  it("is joined where it is to the row as it is", () => {
    expect(answered(hashOf("p:1"))).toEqual({ output: ["p:1+P"], dropped: 0 });
  });

  it("is dropped and counted where it is to what the row was before, or to a deletion", () => {
    expect(answered(hashOf("p:0"), null)).toEqual({ output: [], dropped: 2 });
  });
});
