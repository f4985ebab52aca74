import { sleep, type Scheduler } from "@millrace/kernel";
import { virtualEnvironment } from "@millrace/kernel/testing";
import { tp } from "@millrace/kafka-client";
import { memoryTaskState } from "@millrace/state-stores";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { StreamsBuilder } from "../../dsl/index.js";
import { noHeaders } from "../../model/index.js";
import { StreamTask } from "../../runtime/stream-task.js";
import { defaultTaskConfig } from "../../runtime/task-config.js";
import { serdes } from "../../serde/index.js";
import { CapturedTopics } from "../../testing/captured-topics.js";
import { propertyCases } from "../../testing/property-cases.js";
import { SingleRecordBatch } from "../../testing/single-record-batch.js";
import type { AsyncOptions, AsyncOrder } from "./async-options.js";

interface Given {
  readonly partition: number;
  readonly key: string;
  /** How long each try takes; all but the last fail. */
  readonly triesMs: readonly number[];
}

interface Answer {
  readonly partition: number;
  readonly key: string;
  readonly index: number;
}

const strings = { key: serdes.string, value: serdes.string };
const RETRIES_MAX = 2;

const given: fc.Arbitrary<Given> = fc.record({
  partition: fc.integer({ min: 0, max: 1 }),
  key: fc.constantFrom("a", "b", "c"),
  triesMs: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: RETRIES_MAX + 1 }),
});

/** Asks about all records, as long as each takes, in two partitions; gives the answers in the order they come out. */
async function answersTo(
  records: readonly Given[],
  options: AsyncOptions,
): Promise<{ answers: Answer[]; most: number }> {
  const environment = virtualEnvironment();
  const busy = { now: 0, most: 0 };
  const builder = new StreamsBuilder(strings);
  builder
    .stream("in")
    .mapValuesAsync(asking(environment.scheduler, records, busy), { value: serdes.string, ...options })
    .to("out");
  const captured = new CapturedTopics();
  const partitions = [tp("in", 0), tp("in", 1)];
  const physical = builder.build().physical();
  const task = new StreamTask({
    id: { subtopology: 0, partition: 0 },
    applicationId: "app",
    topology: physical,
    subtopologies: physical.subtopologies,
    partitions,
    persistentState: memoryTaskState("0_0"),
    memoryState: memoryTaskState("0_0"),
    collector: captured,
    globalStores: new Map(),
    environment,
    config: defaultTaskConfig,
  });
  task.initialize();
  records.forEach(({ partition, key }, index) => {
    const record = {
      topic: "in",
      key: Buffer.from(key),
      value: Buffer.from(String(index)),
      timestamp: index,
      headers: noHeaders,
    };
    task.addRecords(new SingleRecordBatch(tp("in", partition), index, record));
  });
  await environment.scheduler.runUntil(() => {
    task.process(1_000);
    return task.pendingRecords === 0 && task.bufferedRecords() === 0;
  });
  for (const topic of captured.takeSent()) topic.publish();
  const output = captured.topic("out");
  const answers = Array.from({ length: output.size }, (_, at): Answer => {
    const index = Number(Buffer.from(output.at(at).value!).toString());
    return { index, partition: records[index]!.partition, key: records[index]!.key };
  });
  return { answers, most: busy.most };
}

function asking(scheduler: Scheduler, records: readonly Given[], busy: { now: number; most: number }) {
  const tries = records.map(() => 0);
  return async (value: string): Promise<string> => {
    const index = Number(value);
    const { triesMs } = records[index]!;
    const number = tries[index]!++;
    busy.most = Math.max(busy.most, ++busy.now);
    await sleep(scheduler, triesMs[number]!);
    busy.now--;
    if (number < triesMs.length - 1) throw new Error("again");
    return value;
  };
}

function sequences(answers: readonly Answer[], laneOf: (answer: Answer) => unknown): Map<unknown, number[]> {
  const lanes = new Map<unknown, number[]>();
  for (const answer of answers) lanes.set(laneOf(answer), [...(lanes.get(laneOf(answer)) ?? []), answer.index]);
  return lanes;
}

const ordered = (indexes: readonly number[]) => [...indexes].sort((one, other) => one - other);

/** What is in order for each kind; partitions are read by their heads' times, so that a task sees all in order. */
const laneOf: Readonly<Record<AsyncOrder, (answer: Answer) => unknown>> = {
  partition: ({ partition }) => partition,
  key: ({ key }) => key,
  none: ({ index }) => index,
};

describe("asynchronous results", () => {
  it("come once each, in the order asked for, and never more calls run than allowed", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(given, { maxLength: 25 }),
        fc.constantFrom<AsyncOrder[]>("partition", "key", "none"),
        fc.integer({ min: 1, max: 6 }),
        async (records, order, concurrency) => {
          const retries = { max: RETRIES_MAX, backOffMs: 3 };
          const { answers, most } = await answersTo(records, { order, concurrency, retries });
          expect(ordered(answers.map(({ index }) => index))).toEqual(records.map((_, index) => index));
          for (const indexes of sequences(answers, laneOf[order]).values()) expect(indexes).toEqual(ordered(indexes));
          expect(most).toBeLessThanOrEqual(concurrency);
        },
      ),
      { numRuns: propertyCases() },
    );
  });
});
