import { describe, expect, it } from "vitest";
import { serdes, StreamsBuilder, type KStream, type KTable } from "../index.js";
import { TopologyTestDriver } from "../testing/index.js";

const { string } = serdes;
const serde = { key: string, value: string };
type Stream = KStream<string, string>;

/** What `make` sends to `out`, of a stream whose keys are its values, with null for "none". */
function run(make: (stream: Stream, table: KTable<string, string>) => KStream<string, string>): {
  output: string[];
  repartitioned: number;
} {
  const builder = new StreamsBuilder({ key: string, value: string });
  const table = builder.table<string, string>("t");
  const stream = builder.stream<string, string>("s").selectKey((_, value) => (value === "none" ? null : value));
  make(stream as unknown as Stream, table).to("out");
  using driver = new TopologyTestDriver(builder.build(), { applicationId: "app" });
  const input = driver.createInputTopic("s", serde);
  for (const [at, value] of ["a", "none"].entries()) input.pipeInput("k", value, { timestamp: at });
  const output = driver.createOutputTopic("out", serde).readAllRecords();
  const internal = [...driver.producedTopicNames()].filter((topic) => topic.endsWith("-repartition"));
  return {
    output: output.map(({ key, value }) => `${key}=${value}`),
    repartitioned: internal.reduce((count, topic) => count + driver.rawRecords(topic).length, 0),
  };
}

const pair = (left: string, right: string | null): string => `${left}+${right}`;

describe("Records with a null key, at a repartition topic (KIP-962)", () => {
  it("are dropped before an inner join", () => {
    expect(run((stream, table) => stream.join(table, pair))).toEqual({ output: [], repartitioned: 1 });
  });

  it("go through before a left join", () => {
    const output = ["a=a+null", "null=none+null"];
    expect(run((stream, table) => stream.leftJoin(table, pair))).toEqual({ output, repartitioned: 2 });
  });

  it("go through before an aggregation whose results are left-joined, which drops them", () => {
    const results = run((stream, table) =>
      (
        stream
          .groupByKey()
          .reduce((_, value) => value)
          .toStream() as Stream
      ).leftJoin(table, pair),
    );
    expect(results).toEqual({ output: ["a=a+null"], repartitioned: 2 });
  });

  it("are dropped before an aggregation beside a left join", () => {
    const results = run((stream, table) => {
      stream.groupByKey().count();
      return stream.leftJoin(table, pair);
    });
    expect(results).toEqual({ output: ["a=a+null", "null=none+null"], repartitioned: 3 });
  });
});
