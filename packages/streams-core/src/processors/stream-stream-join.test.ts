import { describe, expect, it } from "vitest";
import { StreamsBuilder, type OuterStreamJoinOptions } from "../dsl/index.js";
import { serdes } from "../serde/index.js";
import { TopologyTestDriver } from "../testing/index.js";

const { string } = serdes;
type Options = OuterStreamJoinOptions<string, string, string, string>;
type Kind = "join" | "leftJoin" | "outerJoin";

const pair = (left: string | null, right: string | null): string => `${left}+${right}`;

/** Text of the records a join gives: `key=left+right@time`. */
class Join implements Disposable {
  readonly driver: TopologyTestDriver;

  constructor(kind: Kind, options: Options, isSelf = false) {
    const builder = new StreamsBuilder({ key: string, value: string });
    const left = builder.stream("left");
    const right = isSelf ? left : builder.stream("right");
    const joined =
      kind === "join"
        ? left.join(right, pair, options)
        : kind === "leftJoin"
          ? left.leftJoin(right, pair, options)
          : left.outerJoin(right, pair, options);
    joined.to("out");
    this.driver = new TopologyTestDriver(builder.build(isSelf ? { optimization: ["single.store.self.join"] } : {}));
  }

  /** What comes out for the record that goes in. */
  take(topic: "left" | "right", key: string | null, value: string | null, timestamp: number): string[] {
    this.driver
      .createInputTopic(topic, { key: serdes.nullable(string), value: serdes.nullable(string) })
      .pipeInput(key, value, { timestamp });
    return this.driver
      .createOutputTopic("out", { key: string, value: string })
      .readAllRecords()
      .map((record) => `${record.key}=${record.value}@${record.timestamp}`);
  }

  [Symbol.dispose](): void {
    this.driver[Symbol.dispose]();
  }
}

describe("a stream-stream join", () => {
  it.each<[number, string[]]>([
    [9, []],
    [10, ["a=L+R@10"]],
    [15, ["a=L+R@15"]],
    [16, []],
  ])("looks ahead of the left record, both ends included: a right one at %i", (timestamp, results) => {
    using join = new Join("join", { timeDifferenceMs: 0, afterMs: 5, graceMs: 100 });
    join.take("left", "a", "L", 10);
    expect(join.take("right", "a", "R", timestamp)).toEqual(results);
  });

  it("gives each pair once, with the greater time, duplicates included", () => {
    using join = new Join("join", { timeDifferenceMs: 5, graceMs: 100 });
    expect(join.take("left", "a", "L1", 3)).toEqual([]);
    expect(join.take("left", "a", "L1", 3)).toEqual([]);
    expect(join.take("right", "b", "R1", 3)).toEqual([]);
    expect(join.take("right", "a", "R2", 0)).toEqual(["a=L1+R2@3", "a=L1+R2@3"]);
    expect(join.take("left", "a", "L2", 5)).toEqual(["a=L2+R2@5"]);
  });

  it("drops and counts null keys and null values", () => {
    using join = new Join("join", { timeDifferenceMs: 5 });
    join.take("left", null, "L", 0);
    join.take("right", "a", null, 0);
    expect(join.driver.droppedRecords).toBe(2);
  });
});

describe("a left join of streams", () => {
  it("sends a record that met nobody on when stream time is past window and grace", () => {
    using join = new Join("leftJoin", { timeDifferenceMs: 10, graceMs: 5, emitIntervalMs: 0 });
    expect(join.take("left", "a", "L", 0)).toEqual([]);
    expect(join.take("right", "b", "R", 15)).toEqual([]);
    expect(join.take("right", "b", "R", 16)).toEqual(["a=L+null@0"]);
  });

  it("sends it at once where nobody can come any more", () => {
    using join = new Join("leftJoin", { timeDifferenceMs: 10, graceMs: 50, emitIntervalMs: 0 });
    join.take("right", "b", "R", 30);
    expect(join.take("left", "a", "L", 20)).toEqual([]);
    expect(join.take("left", "a", "L", 19)).toEqual(["a=L+null@19"]);
  });

  it("lets records without a key through on the left, not on the right", () => {
    using join = new Join("leftJoin", { timeDifferenceMs: 10 });
    expect(join.take("left", null, "L", 3)).toEqual(["null=L+null@3"]);
    expect(join.take("right", null, "R", 3)).toEqual([]);
    expect(join.driver.droppedRecords).toBe(1);
  });

  it("looks for them once per interval of the wall clock", () => {
    using join = new Join("leftJoin", { timeDifferenceMs: 0 });
    join.take("left", "a", "L1", 0);
    expect(join.take("left", "a", "L2", 1)).toEqual(["a=L1+null@0"]);
    expect(join.take("left", "a", "L3", 2)).toEqual([]);
    join.driver.advanceWallClockTime(1000);
    expect(join.take("left", "a", "L4", 3)).toEqual(["a=L2+null@1", "a=L3+null@2"]);
  });
});

describe("an outer join of streams", () => {
  it("sends unmatched records of both sides by time, right before left, then by key", () => {
    using join = new Join("outerJoin", { timeDifferenceMs: 5, emitIntervalMs: 0 });
    join.take("left", "b", "L1", 1);
    join.take("left", "a", "L2", 1);
    join.take("right", "c", "R1", 1);
    join.take("right", "d", "R2", 0);
    expect(join.take("left", "z", "L", 50)).toEqual(["d=null+R2@0", "c=null+R1@1", "a=L2+null@1", "b=L1+null@1"]);
  });

  // After a look Kafka Streams takes the last row it looked at for the oldest one (J6).
  const late: readonly (readonly ["left" | "right", string, number])[] = [
    ["right", "a", 0],
    ["left", "b", 5],
    ["left", "c", 8],
    ["left", "d", 11],
    ["left", "e", 16],
    ["left", "f", 19],
  ];
  it.each<[boolean, string[][]]>([
    [false, [[], [], [], ["a=null+R@0"], [], ["b=L+null@5", "c=L+null@8"]]],
    [true, [[], [], [], ["a=null+R@0"], ["b=L+null@5"], ["c=L+null@8"]]],
  ])("sends some later than it could, unless they are to be on time (%s)", (unmatchedOnTime, results) => {
    using join = new Join("outerJoin", { timeDifferenceMs: 10, emitIntervalMs: 0, unmatchedOnTime });
    const given = late.map(([topic, key, timestamp]) => join.take(topic, key, topic === "left" ? "L" : "R", timestamp));
    expect(given).toEqual(results);
  });
});

describe("a join of a stream with itself from one store", () => {
  it("gives the pairs of both sides and the record with itself", () => {
    using join = new Join("join", { timeDifferenceMs: 5, graceMs: 100 }, true);
    expect(join.take("left", "a", "V1", 0)).toEqual(["a=V1+V1@0"]);
    expect(join.take("left", "a", "V2", 3)).toEqual(["a=V2+V1@3", "a=V1+V2@3", "a=V2+V2@3"]);
    expect(join.take("left", "a", "V3", 9)).toEqual(["a=V3+V3@9"]);
    expect([...join.driver.allStateStores().keys()]).toEqual(["KSTREAM-JOINTHIS-0000000003-store"]);
  });
});
