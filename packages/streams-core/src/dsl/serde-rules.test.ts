import { describe, expect, it } from "vitest";
import { MissingSerdeError, serdes, StreamsBuilder, type Serde, type Topology } from "../index.js";

const { string, long, double } = serdes;
const json = serdes.json<{ readonly b: number; readonly a: number }>();

interface Written {
  readonly key: string;
  readonly value: string;
}

/** Names of the serdes with which a topic is written, or a store keeps its rows. */
function writtenWith(topology: Topology, name: string): Written {
  for (const { nodes, stores } of topology.physical().subtopologies) {
    for (const node of nodes) {
      if (node.kind === "sink" && node.topic === name) return { key: node.key.name, value: node.value.name };
    }
    for (const { builder } of stores) {
      if (builder.name === name) return { key: builder.key.name, value: builder.value.name };
    }
  }
  throw new Error(`nothing is named ${name}`);
}

function missing(build: () => unknown): MissingSerdeError {
  try {
    build();
  } catch (error) {
    if (error instanceof MissingSerdeError) return error;
    throw error;
  }
  throw new Error("nothing was missing");
}

describe("a verb keeps the serde of a side whose type it cannot change", () => {
  const read = { key: long, value: double };
  const yes = (): boolean => true;

  it("grouping with no more than a name keeps what the stream has, before the defaults", () => {
    const builder = new StreamsBuilder({ key: string, value: string });
    builder
      .stream("in", read)
      .groupBy((_, value) => String(value), { name: "by" })
      .count();
    builder
      .stream("in", read)
      .map((key, value) => [key, value], read)
      .groupByKey({ name: "same" })
      .count();
    const topology = builder.build();
    expect(writtenWith(topology, "by-repartition")).toEqual({ key: "string", value: "double" });
    expect(writtenWith(topology, "same-repartition")).toEqual({ key: "long", value: "double" });
  });

  it("filter, filterNot, peek, split, repartition and toTable keep both", () => {
    const builder = new StreamsBuilder();
    const stream = builder
      .stream("in", read)
      .filter(yes)
      .filterNot(yes)
      .peek(() => {});
    const { all } = stream.split({ all: yes });
    all.repartition({ name: "r" }).toTable({ store: "t" }).toStream().to("out");
    const topology = builder.build();
    for (const name of ["r-repartition", "t", "out"]) {
      expect(writtenWith(topology, name)).toEqual({ key: "long", value: "double" });
    }
  });

  it("grouping by key keeps both, reducing too; counting writes longs", () => {
    const builder = new StreamsBuilder();
    const grouped = builder.stream("in", read).groupByKey();
    grouped
      .reduce((sum, value) => sum + value, { store: "sums" })
      .toStream()
      .to("sums-out");
    grouped.count({ store: "counts" }).toStream().to("counts-out");
    const topology = builder.build();
    expect(writtenWith(topology, "sums")).toEqual({ key: "long", value: "double" });
    expect(writtenWith(topology, "sums-out")).toEqual({ key: "long", value: "double" });
    expect(writtenWith(topology, "counts")).toEqual({ key: "long", value: "long" });
    expect(writtenWith(topology, "counts-out")).toEqual({ key: "long", value: "long" });
  });

  it("merging keeps what both sides share", () => {
    const builder = new StreamsBuilder({ value: string });
    const other = builder.stream("other", { key: long, value: string });
    builder.stream("in", read).merge(other).to("out");
    expect(writtenWith(builder.build(), "out")).toEqual({ key: "long", value: "string" });
  });
});

describe("a verb drops the serde of a side whose type it may change", () => {
  const defaults: { key: Serde<string>; value: Serde<string> } = { key: string, value: string };
  const read = { key: long, value: double };

  it.each([
    ["mapValues", "long", "string"],
    ["flatMapValues", "long", "string"],
    ["processValues", "long", "string"],
    ["selectKey", "string", "double"],
    ["map", "string", "string"],
    ["flatMap", "string", "string"],
    ["process", "string", "string"],
  ] as const)(
    "after %s the key is written as %s and the value as %s, by the builder's defaults",
    (verb, key, value) => {
      const builder = new StreamsBuilder(defaults);
      const stream = builder.stream("in", read);
      const nothing = () => ({ process(): void {} });
      const streams = {
        mapValues: () => stream.mapValues(String),
        flatMapValues: () => stream.flatMapValues((n) => [String(n)]),
        processValues: () => stream.processValues(nothing),
        selectKey: () => stream.selectKey((k) => String(k)),
        map: () => stream.map((k, v) => [String(k), String(v)]),
        flatMap: () => stream.flatMap((k, v) => [[String(k), String(v)] as const]),
        process: () => stream.process(nothing),
      };
      streams[verb]().to("out");
      expect(writtenWith(builder.build(), "out")).toEqual({ key, value });
    },
  );

  it("the verb's own options say it better", () => {
    const builder = new StreamsBuilder(defaults);
    builder
      .stream("in", read)
      .map((k, v) => [v, k], { key: double, value: long })
      .to("out");
    expect(writtenWith(builder.build(), "out")).toEqual({ key: "double", value: "long" });
  });

  it("the last verb's options win", () => {
    const builder = new StreamsBuilder(defaults);
    builder.stream("in", read).to("out", { value: json as Serde<never> });
    expect(writtenWith(builder.build(), "out")).toEqual({ key: "long", value: "json" });
  });
});

describe("without a serde build() names the operator and the fix", () => {
  it("of a sink behind mapValues", () => {
    const builder = new StreamsBuilder();
    builder
      .stream("in", { key: string, value: string })
      .mapValues((text) => text.length, { name: "lengths" })
      .to("out");
    const error = missing(() => builder.build());
    expect(error).toMatchObject({
      nodeName: "KSTREAM-SINK-0000000002",
      side: "value",
      droppedBy: "lengths",
      code: "MILLRACE_MISSING_SERDE",
    });
    expect(error.message).toContain("to(out)");
    expect(error.message).toContain("lengths");
  });

  it("of a source", () => {
    const builder = new StreamsBuilder({ value: string });
    builder.stream("in").to("out");
    expect(missing(() => builder.build())).toMatchObject({
      nodeName: "KSTREAM-SOURCE-0000000000",
      side: "key",
      droppedBy: null,
    });
  });

  it("of a repartition topic", () => {
    const builder = new StreamsBuilder();
    builder
      .stream("in", { key: string, value: string })
      .groupBy((_, text) => text.length)
      .count();
    expect(missing(() => builder.build())).toMatchObject({ side: "key", droppedBy: "KSTREAM-KEY-SELECT-0000000001" });
  });

  it("of an aggregate's store", () => {
    const builder = new StreamsBuilder();
    const grouped = builder.stream("in", { key: string, value: string }).groupByKey();
    grouped.aggregate({ init: () => 0, add: (_, text, sum) => sum + text.length, store: "sums" });
    const error = missing(() => builder.build());
    expect(error).toMatchObject({ nodeName: "KSTREAM-AGGREGATE-0000000001", side: "value" });
    expect(error.message).toContain("store sums");
  });
});

it("keys of equal content have equal bytes, whatever the order of their properties", () => {
  const builder = new StreamsBuilder({ key: json, value: string });
  builder.stream("in").to("out");
  const sink = builder
    .build()
    .physical()
    .subtopologies[0]!.nodes.find((node) => node.kind === "sink")!;
  const bytes = (key: unknown) => Buffer.from(sink.key.serialize("out", key)).toString();
  expect(bytes({ b: 1, a: 2 })).toBe(bytes({ a: 2, b: 1 }));
});
