import { expect, it } from "vitest";
import { sleep } from "@millrace/kernel";
import { virtualEnvironment } from "@millrace/kernel/testing";
import { serdes, StreamsBuilder, suppressed, windows, type AsyncOrder, type Windowed } from "../index.js";
import { TopologyTestDriver } from "../testing/index.js";

const strings = { key: serdes.string, value: serdes.string };
type Row = readonly [key: string, value: string, timestamp: number];

/** What comes out after each row. */
function outputs(builder: StreamsBuilder<string, string>, rows: readonly Row[]): string[][] {
  using driver = new TopologyTestDriver(builder.build());
  const input = driver.createInputTopic("in", strings);
  const output = driver.createOutputTopic("out", strings);
  return rows.map(([key, value, timestamp]) => {
    input.pipeInput(key, value, { timestamp });
    return output.readAllRecords().map((record) => `${record.key} ${record.value}@${record.timestamp}`);
  });
}

const windowText = ({ key, startMs, endMs }: Windowed<string>): string => `${key}[${startMs},${endMs})`;

it("The timeline in the documentation of suppressed.untilTimeLimit is what happens", () => {
  const builder = new StreamsBuilder(strings);
  builder
    .table("in")
    .suppress(suppressed.untilTimeLimit({ timeLimitMs: 10 }))
    .toStream()
    .to("out");
  const rows: Row[] = [
    ["a", "A", 0],
    ["a", "B", 4],
    ["b", "X", 9],
    ["b", "Y", 10],
  ];
  expect(outputs(builder, rows)).toEqual([[], [], [], ["a B@4"]]);
});

it.each<[string, number, Row[], string[][]]>([
  [
    "suppressed.untilWindowCloses",
    5,
    [
      ["a", "x", 1],
      ["a", "x", 4],
      ["a", "x", 12],
      ["a", "x", 15],
    ],
    [[], [], [], ["a[0,10) 2@4"]],
  ],
  [
    "KTable.suppress",
    0,
    [
      ["a", "x", 1],
      ["a", "x", 4],
      ["b", "x", 5],
      ["a", "x", 10],
    ],
    [[], [], [], ["a[0,10) 2@4", "b[0,10) 1@5"]],
  ],
])("The timeline in the documentation of %s is what happens", (_, graceMs, rows, expected) => {
  const builder = new StreamsBuilder(strings);
  builder
    .stream("in")
    .groupByKey()
    .windowedBy(windows.tumbling({ sizeMs: 10, graceMs }))
    .count()
    .suppress(suppressed.untilWindowCloses())
    .toStream()
    .map((key, count) => [windowText(key), String(count)], strings)
    .to("out");
  expect(outputs(builder, rows)).toEqual(expected);
});

it.each<[AsyncOrder, string[]]>([
  ["partition", ["a", "b", "c"]],
  ["none", ["b", "a", "c"]],
])("The timeline in the documentation of mapValuesAsync is what happens: order %s", async (order, expected) => {
  const world = virtualEnvironment();
  const takesMs = new Map([
    ["1", 20],
    ["2", 10],
    ["3", 50],
  ]);
  const builder = new StreamsBuilder(strings);
  builder
    .stream("in")
    .mapValuesAsync(async (value) => (await sleep(world.scheduler, takesMs.get(value)!), value), {
      order,
      concurrency: 2,
    })
    .to("out");
  using driver = new TopologyTestDriver(builder.build());
  const input = driver.createInputTopic("in", strings);
  ["a", "b", "c"].forEach((key, index) => input.pipeInput(key, String(index + 1)));
  let idle = false;
  void driver.idle().then(() => {
    idle = true;
  });
  await world.scheduler.runUntil(() => idle);
  expect(
    driver
      .createOutputTopic("out", strings)
      .readAllRecords()
      .map(({ key }) => key),
  ).toEqual(expected);
});
