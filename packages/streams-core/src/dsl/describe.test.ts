import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { keyValueStore, serdes, StreamsBuilder } from "../index.js";

const vectors = new URL("../../../../conformance/vectors/", import.meta.url);
const { string, long } = serdes;
type Builder = StreamsBuilder<string, string>;
type Cases = readonly (readonly [name: string, write: (builder: Builder) => void])[];

const yes = (): boolean => true;
const second = <V>(_: unknown, value: V): V => value;
const pair = (key: string, value: string): [string, string] => [key, value];
const same = <V>(value: V): V => value;
const ignore = { process(): void {} };
const fresh = () => ({ ...ignore });

function described(write: (builder: Builder) => void): string {
  const builder = new StreamsBuilder({ key: string, value: string });
  write(builder);
  return builder.build().describe().toString();
}

const fromVectors: Readonly<Record<string, Cases>> = {
  stateless: [
    [
      "stateless-merge",
      (builder) => {
        const left = builder.stream("in");
        const right = builder.stream("in2");
        const marked = left.mapValues((value) => `${value}1`);
        marked.merge(right.mapValues((value) => `${value}2`)).to("out");
        left.to("copy");
      },
    ],
    [
      "stateless-pattern",
      (builder) => {
        const peeked = builder.stream("plain").peek(() => {});
        peeked.forEach(() => {});
        peeked.to("out");
      },
    ],
    [
      "stateless-flat-empty",
      (builder) => {
        builder
          .stream("in")
          .flatMapValues(() => [])
          .flatMapValues(() => [])
          .to("out");
      },
    ],
    [
      "stateless-swap-null",
      (builder) => {
        builder
          .stream("in")
          .map(pair)
          .flatMap((key, value) => [pair(key, value)])
          .to("out");
      },
    ],
  ],
  branching: [
    [
      "branching-named-default",
      (builder) => {
        const streams = builder
          .stream("in")
          .split({ name: "sp-" })
          .branch(yes, { name: "long" })
          .branch(yes)
          .defaultBranch();
        streams["sp-long"]!.to("out-b1");
        streams["sp-2"]!.to("out-b2");
        streams["sp-0"]!.to("out-bd");
      },
    ],
    [
      "branching-no-default",
      (builder) => {
        const [first, other] = Object.values(builder.stream("in").split().branch(yes).branch(yes).noDefaultBranch());
        other!.to("out-b2");
        first!.to("out-b1");
      },
    ],
  ],
  "dynamic-topics": [
    [
      "dynamic-topics-1-1",
      (builder) => {
        const stream = builder.stream("in");
        stream.to(
          function header() {
            return "out";
          },
          { name: "dyn" },
        );
        stream.to("all");
      },
    ],
  ],
  aggregations: [
    [
      "aggregations-default-store",
      (builder) => {
        builder.stream("in").groupByKey().count().toStream().to("out");
      },
    ],
    [
      "aggregations-1-1",
      (builder) => {
        builder.stream("in").groupBy(second).count({ store: "st", key: string, caching: false }).toStream().to("out");
      },
    ],
  ],
  tables: [
    [
      "tables-filter-transitions",
      (builder) => {
        const table = builder.table("in", { store: "src" });
        table.filter(yes).toStream().to("plain");
        table.filter(yes, { store: "fs", key: string, value: string }).toStream().to("mat");
        table.mapValues(same).toStream().to("mapped");
      },
    ],
    [
      "tables-1-0",
      (builder) => {
        const table = builder.stream("in").toTable({ store: "src" });
        table.filterNot(yes, { store: "st0", caching: false }).toStream().selectKey(second).to("out");
      },
    ],
  ],
  "table-aggregations": [
    [
      "table-aggregations-1-1",
      (builder) => {
        const grouped = builder.table("in").filter(yes).groupBy(pair, { name: "grp" });
        grouped.reduce({ add: second, subtract: second, store: "st" }).toStream().to("out");
      },
    ],
    [
      "table-aggregations-1-3",
      (builder) => {
        const grouped = builder.table("in").groupBy(pair, { name: "grp" });
        grouped
          .aggregate({ init: () => "", add: second, subtract: second, store: "st" })
          .toStream()
          .to("out");
      },
    ],
  ],
  repartition: [
    [
      "repartition-partitions",
      (builder) => {
        builder.stream("in").repartition({ name: "five", partitions: 5 }).to("out");
      },
    ],
    [
      "repartition-explicit-null-key",
      (builder) => {
        builder.stream("in").selectKey(second).repartition().to("out");
      },
    ],
    [
      "repartition-1-0",
      (builder) => {
        builder.stream("in").map(pair).mapValues(same).mapValues(same).toTable({ store: "st" }).toStream().to("out");
      },
    ],
  ],
  naming: [
    [
      "naming-1-0",
      (builder) => {
        const numbers = builder.stream("s0", { value: long });
        const table = builder.table("t0", { name: "tsrc-3", store: "tab-store-2" });
        const counts = table.groupBy(pair, { name: "tg-4" }).count({ name: "ta-6", store: "tagg-store-5" });
        const more = counts.mapValues((count) => count + 1, { name: "tv-8", store: "tm-store-7", value: long });
        numbers.mapValues((n) => n + 1, { name: "map-9", value: long }).to("out1", { name: "sink-10" });
        counts.toStream({ name: "tos-11" }).to("out2", { name: "sink-12" });
        more.toStream().to("out3", { name: "sink-14" });
      },
    ],
  ],
};

describe("describe() of a DSL topology equals the text Kafka Streams gives for the same calls", () => {
  for (const [family, cases] of Object.entries(fromVectors)) {
    const scenarios = JSON.parse(readFileSync(new URL(`${family}.json`, vectors), "utf8")) as {
      readonly name: string;
      readonly expect: { readonly describe: string };
    }[];
    it.each(cases)("%s", (name, write) => {
      expect(described(write)).toBe(scenarios.find((scenario) => scenario.name === name)!.expect.describe);
    });
  }
});

/** Numbers and order where the calls are less usual; recorded from Kafka Streams 4.3.1 beside this file. */
const recorded: Cases = [
  [
    "named-group-twice",
    (builder) => {
      const grouped = builder.stream("in").selectKey(second).groupByKey({ name: "g" });
      grouped.count({ store: "c1" }).toStream().to("o1");
      grouped.count({ store: "c2" }).toStream().to("o2");
    },
  ],
  [
    "unnamed-group-twice",
    (builder) => {
      const grouped = builder.stream("in").groupBy(second);
      grouped.count();
      const counts = grouped.count({ key: string });
      grouped.count({ name: "nm" });
      grouped.reduce(second);
      grouped.aggregate({ init: () => "", add: second, value: string });
      counts.toStream().to("o2");
    },
  ],
  [
    "named-table-group-twice",
    (builder) => {
      const grouped = builder.table("in").groupBy(pair, { name: "g" });
      const counts = grouped.count();
      const joined = grouped.aggregate({ init: () => "", add: second, subtract: second, name: "second" });
      counts.toStream().to("o1");
      joined.toStream().to("o2");
    },
  ],
  [
    "source-twice",
    (builder) => {
      const first = builder.stream("in");
      const other = builder.stream("other");
      builder.stream("in").mapValues(same).to("o1");
      first.peek(() => {}).to("o2");
      other.to("o3");
    },
  ],
  [
    "table-steps-materialized-without-store",
    (builder) => {
      const table = builder.table("in").filter(yes, { key: string }).mapValues(same, { value: string });
      table.filterNot(yes, { name: "fnot" }).toStream().to("out");
    },
  ],
  [
    "processors",
    (builder) => {
      builder.addStateStore(keyValueStore({ name: "s", key: string, value: string }));
      builder
        .stream("in")
        .process<string, string>(fresh, { stores: ["s"] })
        .processValues<string>(fresh, { name: "pv" })
        .processValues<string>(fresh)
        .process<string, string>(fresh, { name: "pp" })
        .groupByKey()
        .count()
        .toStream()
        .to("out");
    },
  ],
  [
    "merge-self-and-split-in-split",
    (builder) => {
      const stream = builder.stream("in");
      const outer = stream.merge(stream).split({ name: "a-" }).branch(yes, { name: "x" }).branch(yes);
      const { "a-x": x, "a-2": rest, "a-rest": last } = outer.defaultBranch({ name: "rest" });
      const [one, other] = Object.values(rest!.split().branch(yes).defaultBranch());
      one!.merge(last!).to("o");
      x!.to("o1");
      other!.to("o2", { name: "last" });
    },
  ],
  [
    "to-table-and-repartition-named",
    (builder) => {
      const table = builder.stream("in").selectKey(second).toTable({ name: "tt", key: string, value: string });
      const repartitioned = table.toStream().repartition({ name: "rp" });
      const grouped = repartitioned
        .selectKey(second, { name: "sk" })
        .toTable()
        .groupBy((key, value) => [key, value]);
      grouped.reduce({ add: second, subtract: second }).toStream().to("out");
    },
  ],
  [
    "filter-before-grouping",
    (builder) => {
      const table = builder.table("in");
      table.filter(yes).toStream().to("plain");
      const counts = table.groupBy(pair).count();
      table.filter(yes).toStream().to("after");
      counts.toStream().to("counts");
    },
  ],
  [
    "global-store-between",
    (builder) => {
      const stream = builder.stream("in");
      builder.addGlobalStore(keyValueStore({ name: "gs", key: string, value: string }), "g", fresh);
      stream.process(fresh).to("out");
    },
  ],
];

describe("describe() equals Kafka Streams' text also for", () => {
  const texts = JSON.parse(readFileSync(new URL("recorded-descriptions.json", import.meta.url), "utf8")) as Readonly<
    Record<string, readonly string[]>
  >;
  it.each(recorded)("%s", (name, write) => {
    expect(described(write)).toBe(texts[name]!.join("\n"));
  });
});

describe("a split given as a record", () => {
  it("makes the nodes that split().branch() with the same names makes", () => {
    const sugar = described((builder) => {
      const { north, rest } = builder.stream("in").split({ north: yes, rest: yes }, { name: "by-" });
      north.to("n");
      rest.to("r");
    });
    const long = described((builder) => {
      const streams = builder
        .stream("in")
        .split({ name: "by-" })
        .branch(yes, { name: "north" })
        .branch(yes, { name: "rest" });
      const all = streams.noDefaultBranch();
      all["by-north"]!.to("n");
      all["by-rest"]!.to("r");
    });
    expect(sugar).toBe(long);
  });
});
