import { expect, test } from "vitest";
import { metricsRegistry } from "./metrics-registry.js";

test("the same name and tags give the same counter, whatever the order of the tags", () => {
  const metrics = metricsRegistry();
  metrics.counter("task", "dropped", { task: "0_0", topic: "a" }).add(2);
  metrics.counter("task", "dropped", { topic: "a", task: "0_0" }).add(3);
  metrics.counter("task", "dropped", { task: "0_1", topic: "a" }).add(1);
  expect(metrics.snapshot().map(({ tags, value }) => [tags["task"], value])).toEqual([
    ["0_0", 5],
    ["0_1", 1],
  ]);
});

test("a gauge is read at the snapshot and goes away when removed", () => {
  const metrics = metricsRegistry();
  let depth = 1;
  const remove = metrics.gauge("queue", "depth", {}, () => depth);
  depth = 4;
  expect(metrics.snapshot()).toEqual([{ group: "queue", name: "depth", tags: {}, value: 4 }]);
  remove();
  expect(metrics.snapshot()).toEqual([]);
});
