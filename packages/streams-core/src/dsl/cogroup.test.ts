import { describe, expect, it } from "vitest";
import { serdes, StreamsBuilder, TopologyError, windows, type CogroupedKStream } from "../index.js";
import { TopologyTestDriver } from "../testing/index.js";

const { string } = serdes;
type Builder = StreamsBuilder<string, string>;
type Row = readonly [topic: string, key: string | null, value: string | null, timestamp: number];

const append = (_: string, value: string, text: string): string => text + value;
const appended = { init: () => "", add: append };
const appendLower = (_: string, value: string, text: string): string => text + value.toLowerCase();

/** The values of "upper" as they are and those of "lower" in lower case, by key. */
const bothCases = (builder: Builder): CogroupedKStream<string, string> =>
  builder.stream("upper").groupByKey().cogroup(appended).cogroup(builder.stream("lower").groupByKey(), appendLower);

function run(write: (builder: Builder) => void, rows: readonly Row[]): { rows: string[]; dropped: number } {
  const builder = new StreamsBuilder({ key: string, value: string });
  write(builder);
  using driver = new TopologyTestDriver(builder.build(), { cacheMaxBytes: 0 });
  for (const [topic, key, value, timestamp] of rows) {
    driver.createInputTopic(topic, { key: string, value: string }).pipeInput(key, value, { timestamp });
  }
  const records = driver.createOutputTopic("out", { key: string, value: string }).readAllRecords();
  const shown = records.map(({ key, value, timestamp }) => `${key} ${value} @${timestamp}`);
  return { rows: shown, dropped: driver.droppedRecords };
}

describe("A cogroup", () => {
  it("folds several streams into one table, each with its own aggregator (A5)", () => {
    const { rows, dropped } = run(
      (builder) => {
        bothCases(builder).aggregate({ store: "both" }).toStream().to("out");
      },
      [
        ["upper", "a", "X", 5],
        ["lower", "a", "Y", 3],
        ["lower", "b", "Z", 7],
        ["upper", "a", null, 8],
        ["upper", "a", "W", 9],
      ],
    );
    expect(rows).toEqual(["a X @5", "a Xy @5", "b z @7", "a XyW @9"]);
    expect(dropped).toBe(1);
  });

  it("folds them by window", () => {
    const { rows } = run(
      (builder) => {
        bothCases(builder)
          .windowedBy(windows.tumbling({ sizeMs: 10 }))
          .aggregate()
          .toStream()
          .selectKey(({ key, startMs }) => `${key}@${startMs}`)
          .to("out");
      },
      [
        ["upper", "a", "X", 5],
        ["lower", "a", "Y", 8],
        ["lower", "a", "Z", 12],
      ],
    );
    expect(rows).toEqual(["a@0 X @5", "a@0 Xy @8", "a@10 z @12"]);
  });

  it("folds them by session, which records of any of them prolong", () => {
    const { rows } = run(
      (builder) => {
        bothCases(builder)
          .windowedBy(windows.session({ inactivityGapMs: 5 }))
          .aggregate({ merge: (_, left, right) => left + right })
          .toStream()
          .map(({ key, startMs, endMs }, text) => [`${key}@${startMs}-${endMs}`, String(text)])
          .to("out");
      },
      [
        ["upper", "a", "X", 5],
        ["lower", "a", "Y", 8],
      ],
    );
    expect(rows).toEqual(["a@5-5 X @5", "a@5-5 null @5", "a@5-8 Xy @8"]);
  });

  it("tells those after it what a row was before", () => {
    const { rows } = run(
      (builder) => {
        builder
          .stream("upper")
          .groupByKey()
          .cogroup(appended)
          .aggregate()
          .groupBy((_, text) => ["all", text])
          .reduce({ add: (all, text) => `${all}+${text}`, subtract: (all, text) => `${all}-${text}` })
          .toStream()
          .to("out");
      },
      [
        ["upper", "a", "X", 1],
        ["upper", "a", "Y", 2],
      ],
    );
    expect(rows.at(-1)).toBe("all X-X+XY @2");
  });

  it("makes two tables of the same groups read the same repartition topics", () => {
    const builder = new StreamsBuilder({ key: string, value: string });
    const cogroup = builder
      .stream("upper")
      .groupBy((_, text) => text, { name: "texts" })
      .cogroup(appended);
    cogroup.aggregate({ store: "one" });
    cogroup.aggregate({ store: "two" });
    const topics = builder
      .build()
      .internalTopics("app")
      .filter(({ kind }) => kind === "repartition");
    expect(topics.map(({ name }) => name)).toEqual(["app-texts-repartition"]);
  });

  it("wants names for the groupings when two need a repartition topic", () => {
    const builder = new StreamsBuilder({ key: string, value: string });
    const group = (topic: string) => builder.stream(topic).groupBy((_, text) => text);
    const cogroup = group("upper").cogroup(appended).cogroup(group("lower"), appendLower);
    expect(() => cogroup.aggregate()).toThrow(TopologyError);
  });
});
