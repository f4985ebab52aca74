import { describe, expect, it } from "vitest";
import { noHeaders, serdes, StreamsBuilder, UndefinedResultError, type Headers, type RecordContext } from "../index.js";
import { TopologyTestDriver } from "../testing/index.js";

const { string, long } = serdes;
type Builder = StreamsBuilder<string, string>;
type Row = readonly [key: string, value: string];

function driverOf(write: (builder: Builder) => void): TopologyTestDriver {
  const builder = new StreamsBuilder({ key: string, value: string });
  write(builder);
  return new TopologyTestDriver(builder.build());
}

/** What `out` gets of what `in` is given, as `key=value`. */
function run(write: (builder: Builder) => void, input: readonly Row[], value: "string" | "long" = "string"): string[] {
  using driver = driverOf(write);
  driver.createInputTopic("in", { key: string, value: string }).pipeKeyValueList(input);
  const output = driver.createOutputTopic<string, unknown>("out", { key: string, value: serdes[value] });
  return output.readAllKeyValues().map((row) => `${row.key}=${String(row.value)}`);
}

describe("a topology written as a sentence", () => {
  it("counts words", () => {
    const counts = run(
      (builder) => {
        builder
          .stream("in")
          .flatMapValues((line) => line.toLowerCase().split(/\W+/u).filter(Boolean))
          .groupBy((_, word) => word)
          .count({ store: "word-counts" })
          .toStream()
          .to("out");
      },
      [
        ["", "To be or"],
        ["", "not to be"],
      ],
      "long",
    );
    expect(counts).toEqual(["to=1", "be=1", "or=1", "not=1", "to=2", "be=2"]);
  });

  it("sends a record to the first branch that takes it", () => {
    const rows = run(
      (builder) => {
        const { short, rest } = builder.stream("in").split({ short: (_, text) => text.length < 3, rest: () => true });
        short
          .mapValues((text) => `short ${text}`)
          .merge(rest.mapValues((text) => `long ${text}`))
          .to("out");
      },
      [
        ["a", "ab"],
        ["b", "abc"],
      ],
    );
    expect(rows).toEqual(["a=short ab", "b=long abc"]);
  });

  it("moves a row from one group of a table to the other", () => {
    const rows = run(
      (builder) => {
        builder
          .table("in")
          .groupBy((user, city) => [city, user])
          .count()
          .toStream()
          .to("out");
      },
      [
        ["ann", "Bonn"],
        ["bob", "Bonn"],
        ["ann", "Rome"],
      ],
      "long",
    );
    expect(rows).toEqual(["Bonn=1", "Bonn=2", "Bonn=1", "Rome=1"]);
  });

  it("prints a line for each record, labelled by the node before it", () => {
    const lines: string[] = [];
    const write = (line: string): void => void lines.push(line);
    run(
      (builder) => {
        builder
          .stream("in")
          .mapValues((text) => ({ text }))
          .print({ write });
        builder.stream("in").print({ write, label: "in", format: (key, value) => `${key} is ${value}` });
      },
      [["a", "x"]],
    );
    expect(lines).toEqual(["[KSTREAM-MAPVALUES-0000000001]: a, { text: 'x' }\n", "[in]: a is x\n"]);
  });
});

describe("every callback sees the context of its record", () => {
  const headers: Headers = [{ key: "trace", value: Buffer.from("7") }];
  const place = (context: RecordContext): string =>
    `${context.topic}/${context.partition}/${context.offset}/${context.timestamp}/${context.headers.length}`;
  const here = "in/0/0/42/1";

  it("on streams", () => {
    const seen: string[] = [];
    const note = (context: RecordContext): boolean => {
      seen.push(place(context));
      return true;
    };
    using driver = driverOf((builder) => {
      builder
        .stream("in")
        .filter((_k, _v, context) => note(context))
        .filterNot((_k, _v, context) => !note(context))
        .peek((_k, _v, context) => note(context))
        .map((key, value, context) => [key, note(context) ? value : ""])
        .mapValues((value, _key, context) => (note(context) ? value : ""))
        .flatMap((key, value, context) => (note(context) ? [[key, value] as const] : []))
        .flatMapValues((value, _key, context) => (note(context) ? [value] : []))
        .selectKey((key, _value, context) => (note(context) ? key : ""))
        .split({ all: (_k, _v, context) => note(context) })
        .all.to((_key, _value, context) => (note(context) ? "out" : ""));
    });
    driver.createInputTopic("in", { key: string, value: string }).pipeInput("k", "v", { timestamp: 42, headers });
    expect(seen).toEqual(Array.from({ length: 10 }, () => here));
  });

  it("on tables and in aggregations", () => {
    const seen: string[] = [];
    const note = (context: RecordContext): number => seen.push(place(context));
    using driver = driverOf((builder) => {
      const table = builder.table("in", { caching: false });
      table
        .filter((_k, _v, context) => note(context) > 0)
        .mapValues((value, _key, context) => (note(context) > 0 ? value : ""))
        .toStream()
        .groupByKey()
        .aggregate({
          init: () => 0,
          add: (_k, _v, _sum, context) => note(context),
          value: long,
          caching: false,
        });
    });
    driver.createInputTopic("in", { key: string, value: string }).pipeInput("k", "v", { timestamp: 42, headers });
    expect(seen).toEqual([here, here, here]);
  });
});

it("a mapper that forgets to return throws and names its node", () => {
  using driver = driverOf((builder) => {
    builder
      .stream("in")
      .mapValues((value) => void value, { name: "forgetful" })
      .to("out");
  });
  const input = driver.createInputTopic("in", { key: string, value: string });
  let error: unknown;
  try {
    input.pipeInput("k", "v", { headers: noHeaders });
  } catch (thrown) {
    error = thrown;
  }
  expect((error as Error).cause).toBeInstanceOf(UndefinedResultError);
  expect((error as Error).message).toContain("forgetful");
});
