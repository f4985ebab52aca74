import { serdes } from "millrace";
import { TopologyTestDriver } from "millrace/testing";
import { expect, it } from "vitest";
import { CourierGenerator } from "../courier-generator.js";
import { courierSerde, positionSerde, positionText, positionTopic, rounded } from "../courier.js";
import { northCountsTopic, restCountsTopic, topology } from "./topology.js";

it("counts the reports per rounded position on both sides of 45 degrees, as a plain recount does", () => {
  using driver = new TopologyTestDriver(topology());
  const input = driver.createInputTopic(positionTopic, { key: serdes.string, value: courierSerde });
  const counts = { key: positionSerde, value: serdes.long };
  const outputs = [
    driver.createOutputTopic(northCountsTopic, counts),
    driver.createOutputTopic(restCountsTopic, counts),
  ];
  const recount: Record<string, number>[] = [{}, {}];
  const generator = new CourierGenerator(20, 42);

  for (let report = 0; report < 500; report++) {
    const courier = generator.next();
    input.pipeInput(courier.id, courier);
    const side = recount[courier.position.latitude > 45 ? 0 : 1] ?? {};
    const at = positionText(rounded(courier.position));
    side[at] = (side[at] ?? 0) + 1;
  }

  const last = outputs.map((output) =>
    Object.fromEntries(
      output.readAllKeyValues().map(({ key, value }) => [key === null ? "null" : positionText(key), value]),
    ),
  );
  expect(last).toEqual(recount);
});
