import { afterEach, beforeEach, expect, test } from "vitest";
import { StreamsBuilder } from "../dsl/index.js";
import type { StreamPartitioner } from "../model/index.js";
import { murmur2, serdes } from "../serde/index.js";
import { AppHarness } from "../testing/app-harness.js";

const PARTITIONS = 3;
let harness: AppHarness;

beforeEach(async () => {
  harness = new AppHarness();
  await harness.createTopics({ in: 1, out: PARTITIONS });
});

afterEach(() => harness.close());

/** Values in the sink's topic, partition by partition. */
async function written(partitioner: StreamPartitioner<string, string>, values: readonly string[]) {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  builder.stream("in").to("out", { partitioner });
  const app = harness.makeApp(builder.build());
  await harness.produce(
    "in",
    values.map((value) => ({ key: "key", value })),
  );
  await harness.run(app.start());
  for (let round = 0; round < 3; round++) await harness.run(app.caughtUp());
  return (await harness.read("out")).map(([, value]) => value);
}

test("A partitioner chooses one partition, several, none, or leaves the choice (T10, KIP-873)", async () => {
  const partitioner: StreamPartitioner<string, string> = (_topic, _key, value, count) => {
    expect(count).toBe(PARTITIONS);
    if (value === "one") return 1;
    if (value === "many") return [0, 2];
    return value === "none" ? [] : undefined;
  };
  const byKey = (murmur2(Buffer.from("key")) & 0x7fffffff) % PARTITIONS;
  const values = await written(partitioner, ["one", "many", "none", "default"]);
  const expected: string[][] = [["many"], ["one"], ["many"]];
  expected[byKey]!.push("default");
  expect(values).toEqual(expected.flat());
  const dropped = harness.environment.metrics.snapshot().filter(({ name }) => name === "dropped-records-total");
  expect(dropped.reduce((sum, { value }) => sum + value, 0)).toBe(1);
});
