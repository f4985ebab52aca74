import { describe, expect, it } from "vitest";
import { InvalidArgumentError, keyValueStore, lruMap, serdes, StreamsBuilder, TopologyError } from "../index.js";

const { string } = serdes;
const yes = (): boolean => true;
const processor = { process(): void {} };

function builder(): StreamsBuilder<string, string> {
  return new StreamsBuilder({ key: string, value: string });
}

/** What the verbs and `build()` together throw. */
function refusal(write: (builder: StreamsBuilder<string, string>) => void): unknown {
  const written = builder();
  try {
    write(written);
    written.build();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("a topology that cannot work is refused", () => {
  it.each([
    [
      "two stores of one name",
      "st",
      (b: StreamsBuilder<string, string>) => {
        const grouped = b.stream("in").groupByKey();
        grouped.count({ store: "st" });
        grouped.count({ store: "st" });
      },
    ],
    [
      "two nodes of one name",
      "x",
      (b: StreamsBuilder<string, string>) => {
        const stream = b.stream("in");
        stream.filter(yes, { name: "x" });
        stream.filter(yes, { name: "x" });
      },
    ],
    [
      "two branches of one name",
      "s-x",
      (b: StreamsBuilder<string, string>) => {
        b.stream("in").split({ name: "s-" }).branch(yes, { name: "x" }).branch(yes, { name: "x" });
      },
    ],
    [
      "a branch after the default one",
      "default",
      (b: StreamsBuilder<string, string>) => {
        const split = b.stream("in").split();
        split.defaultBranch();
        split.branch(yes);
      },
    ],
    [
      "a branch named by an integer",
      "12",
      (b: StreamsBuilder<string, string>) => {
        b.stream("in").split({ north: yes, 12: yes });
      },
    ],
    [
      "a store that was not added",
      "nope",
      (b: StreamsBuilder<string, string>) => {
        b.stream("in").process(() => ({ ...processor }), { stores: ["nope"] });
      },
    ],
    [
      "a store added after the verb that names it",
      "late",
      (b: StreamsBuilder<string, string>) => {
        b.stream("in").process(() => ({ ...processor }), { stores: ["late"] });
        b.addStateStore(keyValueStore({ name: "late", key: string, value: string }));
      },
    ],
    [
      "a name with a space",
      "a b",
      (b: StreamsBuilder<string, string>) => {
        b.stream("in").filter(yes, { name: "a b" });
      },
    ],
    [
      "a store's name with a slash",
      "a/b",
      (b: StreamsBuilder<string, string>) => {
        b.stream("in").groupByKey().count({ store: "a/b" });
      },
    ],
    [
      "a grouping's name with a slash",
      "g/h",
      (b: StreamsBuilder<string, string>) => {
        b.stream("in").groupByKey({ name: "g/h" });
      },
    ],
    [
      "a name of 250 characters",
      "longer than 249",
      (b: StreamsBuilder<string, string>) => {
        b.stream("in").peek(() => {}, { name: "n".repeat(250) });
      },
    ],
    [
      "a topic read as stream and as table",
      "t",
      (b: StreamsBuilder<string, string>) => {
        b.stream("t");
        b.table("t");
      },
    ],
    [
      "topics that two streams share in part",
      "in",
      (b: StreamsBuilder<string, string>) => {
        b.stream("in");
        b.stream(["in", "in2"]);
      },
    ],
    [
      "one topic with two reset policies",
      "offsetReset",
      (b: StreamsBuilder<string, string>) => {
        b.stream("in", { offsetReset: "earliest" });
        b.stream("in", { offsetReset: "latest" });
      },
    ],
    [
      "one topic with two serdes",
      "value",
      (b: StreamsBuilder<string, string>) => {
        b.stream("in");
        b.stream("in", { value: serdes.long });
      },
    ],
    [
      "one pattern with two timestamp extractors",
      "timestampExtractor",
      (b: StreamsBuilder<string, string>) => {
        b.stream(/in-.*/u);
        b.stream(/in-.*/u, { timestampExtractor: () => 0 });
      },
    ],
    [
      "a source topic named like a changelog that build() would make",
      "st-changelog",
      (b: StreamsBuilder<string, string>) => {
        b.stream("in").groupByKey().count({ store: "st" });
        b.stream("st-changelog").to("out");
      },
    ],
    [
      "a source topic named like a repartition topic that build() would make",
      "g-repartition",
      (b: StreamsBuilder<string, string>) => {
        b.stream("in")
          .groupBy((_, value) => value, { name: "g" })
          .count();
        b.stream("g-repartition").to("out");
      },
    ],
    [
      "no topics",
      "at least one topic",
      (b: StreamsBuilder<string, string>) => {
        b.stream([]);
      },
    ],
  ])("%s", (_, words, write) => {
    const error = refusal(write);
    expect(error).toBeInstanceOf(TopologyError);
    expect((error as TopologyError).message).toContain(words);
  });

  it("a stream of another builder", () => {
    const stream = builder().stream("in");
    expect(() => stream.merge(builder().stream("other"))).toThrow(TopologyError);
  });

  it("an argument that can never be right", () => {
    const shared = { ...processor };
    expect(refusal((b) => b.stream("in").process(() => shared))).toBeInstanceOf(InvalidArgumentError);
    expect(refusal((b) => b.stream("in").processValues(() => shared))).toBeInstanceOf(InvalidArgumentError);
    expect(refusal((b) => b.stream("in").repartition({ partitions: 0 }))).toBeInstanceOf(InvalidArgumentError);
    expect(() => lruMap("few", 0)).toThrow(InvalidArgumentError);
  });
});

describe("build()", () => {
  it("may be called again, also after more verbs", () => {
    const b = builder();
    const stream = b.stream("in");
    stream.to("out");
    const before = b.build().describe().toString();
    expect(b.build().describe().toString()).toBe(before);
    stream.to("out2");
    expect(b.build().describe().toString()).toContain("out2");
    expect(before).not.toContain("out2");
  });

  it("takes the same options object for two verbs", () => {
    const b = builder();
    const options = Object.freeze({ key: string, value: string });
    b.stream("in", options)
      .selectKey((_, value) => value, options)
      .groupByKey(options)
      .reduce((_, value) => value, options)
      .toStream()
      .to("out", options);
    expect(b.build().describe().subtopologies).toHaveLength(2);
  });
});
