import { inMemoryRegistry, type SchemaRegistry } from "@millrace/schema-registry";
import { serdes, type Topology } from "millrace";
import { TopologyTestDriver } from "millrace/testing";
import { describe, expect, it } from "vitest";
import { avroPositionTopic, courierSerde, placeSerde } from "../avro-courier.js";
import { CourierGenerator } from "../courier-generator.js";
import { positionText, rounded } from "../courier.js";
import { couriersAtByMovesTopic, couriersAtTopic, idsSerde, topology, topologyByMoves } from "./topology.js";

function open(topologyOf: (registry: SchemaRegistry) => Topology, topic: string) {
  const registry = inMemoryRegistry();
  const driver = new TopologyTestDriver(topologyOf(registry));
  return {
    driver,
    input: driver.createInputTopic(avroPositionTopic, { key: serdes.string, value: courierSerde(registry) }),
    output: driver.createOutputTopic(topic, { key: placeSerde(registry), value: idsSerde(registry) }),
  };
}

describe.each([
  { form: "by table regrouping", topologyOf: topology, topic: couriersAtTopic },
  { form: "by moves", topologyOf: topologyByMoves, topic: couriersAtByMovesTopic },
])("couriers by location, $form", ({ topologyOf, topic }) => {
  it("moves a courier from list to list and deletes the list that becomes empty", () => {
    const { driver, input, output } = open(topologyOf, topic);
    const at = (id: string, latitude: number) => input.pipeInput(id, { id, position: { latitude, longitude: 9 } });

    at("a", 45);
    at("b", 45.2);
    at("a", 45.3);
    at("a", 46);
    at("b", 46);

    const rows = output.readAllKeyValues().map(({ key, value }) => [key && positionText(key), value]);
    expect(rows.filter(([, ids], index) => JSON.stringify(ids) !== JSON.stringify(lastAt(rows, index)))).toEqual([
      ["45,9", ["a"]],
      ["45,9", ["a", "b"]],
      ["45,9", ["b"]],
      ["46,9", ["a"]],
      ["45,9", null],
      ["46,9", ["a", "b"]],
    ]);
    driver.close();
  });

  it("has each courier in exactly the list of its last position", () => {
    const { driver, input, output } = open(topologyOf, topic);
    const generator = new CourierGenerator(10, 3);
    const lastPosition = new Map<string, string>();
    const lists = new Map<string, readonly string[] | null>();
    for (let report = 0; report < 300; report++) {
      const courier = generator.next();
      lastPosition.set(courier.id, positionText(rounded(courier.position)));
      input.pipeInput(courier.id, courier);
      for (const { key, value } of output.readAllKeyValues())
        lists.set(key === null ? "null" : positionText(key), value);
      const members = [...lists].flatMap(([at, ids]) => (ids ?? []).map((id) => [id, at] as const));
      expect(new Map(members)).toEqual(lastPosition);
      expect(members).toHaveLength(lastPosition.size);
    }
    driver.close();
  });
});

/** The list last seen for the same position before `index`: an update that changes nothing is no news. */
function lastAt(rows: readonly (readonly unknown[])[], index: number): unknown {
  const key = rows[index]?.[0];
  return rows.slice(0, index).findLast((row) => row[0] === key)?.[1];
}
