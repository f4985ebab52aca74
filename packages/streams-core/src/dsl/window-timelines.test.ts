import { expect, it } from "vitest";
import { serdes, StreamsBuilder, windows, type KGroupedStream, type KStream, type Windowed } from "../index.js";
import { TopologyTestDriver } from "../testing/index.js";

const { string } = serdes;
type Row = readonly [value: string, timestamp: number];
type Write = (grouped: KGroupedStream<string, string>) => { toStream(): unknown };

const join = { init: () => "", add: (_: string, value: string, text: string) => text + value };

const timelines: readonly [string, Write, readonly Row[], readonly string[]][] = [
  [
    "count by tumbling window",
    (grouped) => grouped.windowedBy(windows.tumbling({ sizeMs: 10 })).count(),
    [
      ["x", 3],
      ["x", 9],
      ["x", 12],
    ],
    ["k[0,10] 1", "k[0,10] 2", "k[10,20] 1"],
  ],
  [
    "reduce by session",
    (grouped) => grouped.windowedBy(windows.session({ inactivityGapMs: 5 })).reduce((a, b) => `${a}|${b}`),
    [
      ["A", 10],
      ["B", 12],
    ],
    ["k[10,10] A", "k[10,10] null", "k[10,12] A|B"],
  ],
  [
    "aggregate by hopping window",
    (grouped) => grouped.windowedBy(windows.hopping({ sizeMs: 10, advanceMs: 5 })).aggregate(join),
    [
      ["A", 7],
      ["B", 12],
    ],
    ["k[0,10] A", "k[5,15] A", "k[5,15] AB", "k[10,20] B"],
  ],
  [
    "sliding windows",
    (grouped) => grouped.windowedBy(windows.sliding({ timeDifferenceMs: 10 })).aggregate(join),
    [
      ["A", 20],
      ["B", 25],
    ],
    ["k[10,20] A", "k[21,31] B", "k[15,25] AB"],
  ],
];

it.each(timelines)("The timeline in the documentation of %s is what happens", (_, write, rows, expected) => {
  const builder = new StreamsBuilder({ key: string, value: string });
  const results = write(builder.stream("in").groupByKey()).toStream() as KStream<Windowed<string>, unknown>;
  results
    .map(({ key, startMs, endMs }, value) => [`${key}[${startMs},${endMs}]`, String(value)])
    .to("out", { key: string, value: string });
  using driver = new TopologyTestDriver(builder.build(), { cacheMaxBytes: 0 });
  const input = driver.createInputTopic("in", { key: string, value: string });
  for (const [value, timestamp] of rows) input.pipeInput("k", value, { timestamp });
  const output = driver.createOutputTopic("out", { key: string, value: string }).readAllKeyValues();
  expect(output.map(({ key, value }) => `${key} ${value}`)).toEqual(expected);
});
