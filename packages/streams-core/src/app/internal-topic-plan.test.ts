import { describe, expect, test } from "vitest";
import { StreamsBuilder } from "../dsl/index.js";
import { serdes } from "../serde/index.js";
import type { Topology } from "../topology/index.js";
import { planInternalTopics } from "./internal-topic-plan.js";

function plan(build: (builder: StreamsBuilder<string, string>) => void, partitions: Readonly<Record<string, number>>) {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  build(builder);
  const topology: Topology = builder.build();
  const counts = new Map(Object.entries(partitions));
  const matching = (pattern: RegExp): string[] => [...counts.keys()].filter((topic) => pattern.test(topic));
  const planned = planInternalTopics(topology.physical(), "app", { partitions: counts, matching });
  return Object.fromEntries(planned.map((topic) => [topic.name, topic.partitions]));
}

describe("partition counts of internal topics", () => {
  test("a repartition topic has as many as the most of its upstream, and its store's changelog follows", () => {
    const planned = plan(
      (builder) =>
        builder
          .stream(["a", "b"])
          .groupBy((_, value) => value)
          .count({ store: "counts" }),
      { a: 2, b: 5 },
    );
    expect(planned).toEqual({ "app-counts-repartition": 5, "app-counts-changelog": 5 });
  });

  test("a repartition topic keeps the number it was given, and what is downstream follows", () => {
    const planned = plan(
      (builder) =>
        builder
          .stream("a")
          .repartition({ name: "wide", partitions: 7 })
          .groupBy((_, value) => value)
          .count({ store: "counts" }),
      { a: 2 },
    );
    expect(planned).toEqual({ "app-wide-repartition": 7, "app-counts-repartition": 7, "app-counts-changelog": 7 });
  });
});
