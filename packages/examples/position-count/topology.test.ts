import { inMemoryRegistry } from "@millrace/schema-registry";
import { serdes } from "millrace";
import { TopologyTestDriver } from "millrace/testing";
import { expect, it } from "vitest";
import { avroPositionTopic, courierSerde, placeSerde } from "../avro-courier.js";
import { CourierGenerator } from "../courier-generator.js";
import { positionText } from "../courier.js";
import { recount, type Report } from "./recount.js";
import { countPerSecondTopics, countTopics, second, topology } from "./topology.js";

const registry = inMemoryRegistry();
const courierValues = courierSerde(registry);
const place = placeSerde(registry);

it("counts the reports of each place on both sides of 45 degrees, in all and in each second", () => {
  using driver = new TopologyTestDriver(topology(registry));
  const input = driver.createInputTopic(avroPositionTopic, { key: serdes.string, value: courierValues });
  const counts = driver.createOutputTopic(countTopics.north, { key: place, value: serdes.long });
  const key = serdes.timeWindowed(place, second.sizeMs);
  const perSecond = driver.createOutputTopic(countPerSecondTopics.north, { key, value: serdes.long });
  const report = (timestamp: number, latitude: number, longitude: number) =>
    input.pipeInput("a", { id: "a", position: { latitude, longitude } }, { timestamp });

  report(10_300, 46.1, 9.2); //
  report(10_900, 45.9, 8.9); // the same place in the same second
  report(11_000, 46.2, 9.0); // the next second
  report(10_100, 46.0, 9.3); // out of order: the first second once more
  report(17_000, 47.0, 9.0); // elsewhere; the first second is over now, its grace too
  report(10_999, 46.0, 9.0); // too late for its second

  expect(counts.readAllKeyValues().map(({ key, value }) => `${positionText(key!)}: ${value}`)).toEqual([
    "46,9: 1",
    "46,9: 2",
    "46,9: 3",
    "46,9: 4",
    "47,9: 1",
    "46,9: 5",
  ]);
  expect(
    perSecond.readAllKeyValues().map(({ key, value }) => `${positionText(key!.key)} from ${key!.startMs}: ${value}`),
  ).toEqual([
    "46,9 from 10000: 1",
    "46,9 from 10000: 2",
    "46,9 from 11000: 1",
    "46,9 from 10000: 3",
    "47,9 from 17000: 1",
  ]);
});

it("comes to what a recount in one go comes to, with reports that are late and out of order", () => {
  using driver = new TopologyTestDriver(topology(registry));
  const input = driver.createInputTopic(avroPositionTopic, { key: serdes.string, value: courierValues });
  const generator = new CourierGenerator(20, 42);
  const reports: Report[] = Array.from({ length: 2_000 }, (_, index) => ({
    courier: generator.next(),
    timestamp: 1_000_000 + index * 20 - ((index * 7_919) % 9_000),
  }));
  for (const { courier, timestamp } of reports) input.pipeInput(courier.id, courier, { timestamp });

  const sides = Object.keys(countTopics).map((name) => {
    const side = name as keyof typeof countTopics;
    const all = driver.createOutputTopic(countTopics[side], { key: place, value: serdes.long });
    const key = serdes.timeWindowed(place, second.sizeMs);
    const perSecond = driver.createOutputTopic(countPerSecondTopics[side], { key, value: serdes.long });
    const counts = {
      all: Object.fromEntries(all.readAllKeyValues().map(({ key, value }) => [positionText(key!), value])),
      perSecond: Object.fromEntries(
        perSecond.readAllKeyValues().map(({ key, value }) => [`${positionText(key!.key)} from ${key!.startMs}`, value]),
      ),
    };
    return [side, counts];
  });
  expect(Object.fromEntries(sides)).toEqual(recount(reports));
});
