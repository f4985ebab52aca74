import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { serdes, StreamsBuilder, TopologyError, type BuildOptions } from "../index.js";

const { string } = serdes;
type Builder = StreamsBuilder<string, string>;

const yes = (): boolean => true;
const second = <V>(_: unknown, value: V): V => value;
const pair = (key: string, value: string): [string, string] => [key, value];
const texts = JSON.parse(readFileSync(new URL("recorded-descriptions.json", import.meta.url), "utf8")) as Readonly<
  Record<string, readonly string[]>
>;

function build(write: (builder: Builder) => void, options: BuildOptions) {
  const builder = new StreamsBuilder({ key: string, value: string });
  write(builder);
  return builder.build(options);
}

describe("an optimized topology describes itself as Kafka Streams' does", () => {
  const all: BuildOptions = { optimization: "all" };
  const cases: readonly (readonly [string, BuildOptions, (builder: Builder) => void])[] = [
    [
      "opt-filter-and-values",
      all,
      (builder) => {
        const keyed = builder.stream("in").selectKey(second);
        keyed.to("direct");
        keyed.filter(yes).groupByKey().count().toStream().to("o1");
        keyed.groupByKey().count({ store: "st" }).toStream().to("o2");
        keyed
          .mapValues((value) => value)
          .groupByKey()
          .count()
          .toStream()
          .to("o3");
        keyed.toTable().toStream().to("o4");
      },
    ],
    [
      "opt-merge",
      all,
      (builder) => {
        const left = builder.stream("in");
        const right = builder.stream("in2");
        const grouped = left.selectKey(second).merge(right.map(pair)).groupByKey();
        grouped.count().toStream().to("o1");
        grouped.reduce(second).toStream().to("o2");
      },
    ],
    [
      "opt-named",
      { optimization: ["merge.repartition.topics"] },
      (builder) => {
        const keyed = builder.stream("in").flatMap((key, value) => [pair(key, value)]);
        const first = keyed.groupByKey({ name: "first" });
        const counts = first.count();
        const again = first.count();
        counts.toStream().to("o1");
        again.toStream().to("o1b");
        keyed.groupByKey({ name: "second" }).count().toStream().to("o2");
      },
    ],
    [
      "opt-reuse",
      { optimization: ["reuse.ktable.source.topics"] },
      (builder) => {
        builder.table("in").groupBy(pair).count().toStream().to("o1");
        builder.table("in3", { store: "named" }).toStream().to("o2");
        builder.table("in4").toStream().to("o3");
      },
    ],
    [
      "opt-repartition-and-process",
      all,
      (builder) => {
        const keyed = builder.stream("in").selectKey(second);
        const repartitioned = keyed.repartition();
        const processed = keyed.process<string, string>(() => ({ process(): void {} }));
        processed.groupByKey().count().toStream().to("o2");
        keyed.groupBy(second).count().toStream().to("o3");
        repartitioned.to("o4");
      },
    ],
  ];
  it.each(cases)("%s", (name, options, write) => {
    expect(build(write, options).describe().toString()).toBe(texts[name]!.join("\n"));
  });
});

describe("optimization", () => {
  const branched = (builder: Builder): void => {
    const { left, right } = builder.stream("in").selectKey(second).split({ left: yes, right: yes }, { name: "s-" });
    left.groupByKey().count({ store: "left" });
    right.groupByKey().count({ store: "right" });
  };

  it("shares one repartition topic between two ways through one split, where Kafka Streams fails", () => {
    expect(
      build(branched, {})
        .internalTopics("app")
        .map(({ name }) => name),
    ).toContain("app-right-repartition");
    expect(
      build(branched, { optimization: "all" })
        .internalTopics("app")
        .map(({ name }) => name),
    ).toEqual(["app-left-changelog", "app-left-repartition", "app-right-changelog"]);
  });

  it("puts one repartition topic behind the last of several merges, where Kafka Streams fails", () => {
    const merged = (builder: Builder): void => {
      const words = builder.stream("words");
      const byLetter = words.selectKey((_, word) => word.charAt(0));
      words.merge(byLetter).merge(words).groupByKey().count({ store: "counts" });
    };
    const topology = build(merged, { optimization: "all" });
    expect(topology.internalTopics("app").map(({ name }) => name)).toEqual([
      "app-counts-changelog",
      "app-counts-repartition",
    ]);
    expect(topology.describe().toString()).toContain(
      "Processor: counts-repartition-filter (stores: [])\n      --> counts-repartition-sink\n      <-- KSTREAM-MERGE-0000000003",
    );
  });

  it("restores a table from its source topic, without a changelog, when source topics are reused", () => {
    const write = (builder: Builder): void => void builder.table("users", { store: "users" });
    const [plain] = build(write, { optimization: "none" }).internalTopics("app");
    const [reused] = build(write, { optimization: "all" }).internalTopics("app");
    expect(plain).toMatchObject({ name: "app-users-changelog", kind: "changelog" });
    expect(reused).toMatchObject({ name: "users", kind: "changelog" });
  });

  it("is off unless asked for", () => {
    expect(build(branched, {}).describe().toString()).toBe(build(branched, { optimization: [] }).describe().toString());
  });
});

describe("requireNames (KIP-1111)", () => {
  const named = { requireNames: true };

  it("refuses stores, changelogs and repartition topics with generated names, and lists them", () => {
    const write = (builder: Builder): void => void builder.stream("in").groupBy(second).count();
    expect(() => build(write, named)).toThrow(TopologyError);
    expect(() => build(write, named)).toThrow(
      "stores KSTREAM-AGGREGATE-STATE-STORE-0000000002; changelog topics KSTREAM-AGGREGATE-STATE-STORE-0000000002-changelog; repartition topics KSTREAM-AGGREGATE-STATE-STORE-0000000002-repartition",
    );
    expect(() => build(write, {})).not.toThrow();
  });

  it.each<[string, (builder: Builder) => void]>([
    ["repartition()", (builder) => void builder.stream("in").repartition()],
    [
      "a table that a grouping makes keep rows",
      (builder) => void builder.table("in").groupBy(pair, { name: "g" }).count({ store: "st" }),
    ],
    [
      "toTable() behind a changed key",
      (builder) => void builder.stream("in").selectKey(second).toTable({ store: "st" }),
    ],
    ["a table that keeps no rows", (builder) => void builder.table("in").toStream().to("out")],
    [
      "the store of a join by foreign key",
      (builder) =>
        void builder
          .table("l", { store: "ls" })
          .join(builder.table("r", { store: "rs" }), second, { on: (value) => value, name: "fk" }),
    ],
    [
      "a join by foreign key, its topics",
      (builder) =>
        void builder
          .table("l", { store: "ls" })
          .join(builder.table("r", { store: "rs" }), second, { on: (value) => value, store: "fk" }),
    ],
  ])("refuses %s without a name", (_, write) => {
    expect(() => build(write, named)).toThrow(TopologyError);
  });

  it("takes a topology whose stores, groupings and joins have names", () => {
    const write = (builder: Builder): void => {
      builder.stream("in").groupBy(second, { name: "g" }).count({ store: "st" });
      builder.stream("in").groupBy(second).count({ store: "st2" });
      builder.stream("in").selectKey(second).toTable({ name: "t", store: "st3" });
      builder.stream("in").repartition({ name: "r" }).to("out");
      builder.table("users", { store: "users" }).toStream().to("out2");
      builder
        .table("l", { store: "ls" })
        .join(builder.table("r", { store: "rs" }), second, { on: (value) => value, name: "fk", store: "fk" });
      builder.table("people", { store: "people" }).groupBy(pair).count({ store: "st4" });
    };
    expect(() => build(write, named)).not.toThrow();
  });
});
