import { virtualEnvironment } from "@millrace/kernel/testing";
import { describe, expect, test } from "vitest";
import { noHeaders, StreamRecord, type StreamPartitioner } from "../model/index.js";
import { murmur2, serdes } from "../serde/index.js";
import type { SinkNode } from "../topology/nodes.js";
import { errorPolicy } from "./error-policy.js";
import { NodeSink } from "./node-sink.js";
import type { RecordCollector } from "./record-collector.js";
import { defaultTaskConfig } from "./task-config.js";
import { TaskEnvironment } from "./task-environment.js";

const PARTITIONS = 4;
const byKey = (murmur2(Buffer.from("key")) & 0x7fffffff) % PARTITIONS;

/** Sends records with a key, or without; gives the partitions of each, and how many were dropped. */
function sent(partitioner: StreamPartitioner | null, known: boolean, keys: readonly (string | null)[]) {
  const written: number[][] = [];
  const collector: RecordCollector = {
    send: ({ partition }) => {
      // A count that is not known yet is known when the record is placed.
      const placed = typeof partition === "function" ? partition(PARTITIONS) : partition;
      written.push(typeof placed === "number" ? [placed] : [...placed]);
    },
    partitionsFor: () => (known ? PARTITIONS : undefined),
  };
  const task = new TaskEnvironment({
    ...{ applicationId: "app", taskId: "0_0", environment: virtualEnvironment(), collector },
    config: { ...defaultTaskConfig, errors: errorPolicy({}) },
  });
  const node: SinkNode = {
    ...{ kind: "sink", name: "sink", topic: "out", partitioner, children: [] },
    ...{ key: serdes.string, value: serdes.string },
  };
  const sink = new NodeSink(node, (topic) => topic, collector, task);
  for (const key of keys) sink.process(new StreamRecord(key, "value", 0, noHeaders));
  return { written: written.flat(), dropped: task.droppedRecords };
}

describe.each([
  ["is known", true],
  ["is not known yet", false],
])("While the partition count %s", (_, known) => {
  test.each<[string, ReturnType<StreamPartitioner>, number[], number]>([
    ["one partition", 3, [3], 0],
    ["several partitions", [0, 2, 3], [0, 2, 3], 0],
    ["a list of one", [1], [1], 0],
    ["no partition", [], [], 1],
    ["nothing", undefined, [byKey], 0],
  ])("a partitioner chooses %s (T10, KIP-873)", (__, choice, written, dropped) => {
    const counts: number[] = [];
    const partitioner: StreamPartitioner = (_topic, _key, _value, count) => {
      counts.push(count);
      return choice;
    };
    expect(sent(partitioner, known, ["key"])).toEqual({ written, dropped });
    expect(counts).toEqual([PARTITIONS]);
  });

  test("without a partitioner the key decides, as the bytes' murmur2", () => {
    expect(sent(null, known, ["key", "key"]).written).toEqual([byKey, byKey]);
  });

  test("without a key 256 records go to one partition, then to the next", () => {
    const { written } = sent(null, known, Array<null>(5 * 256).fill(null));
    expect(written.filter((partition, index) => partition !== Math.floor(index / 256) % PARTITIONS)).toEqual([]);
  });
});
