import { describe, expect, it } from "vitest";
import { StreamRecord, type KeyValueStore, type Processor, type ProcessorContext } from "../model/index.js";
import { serdes } from "../serde/index.js";
import { keyValueStore } from "../stores/index.js";
import { MockProcessorContext } from "./index.js";

/** Counts per key; sends the counts each minute and asks for a commit then. */
class Counter implements Processor<string, string, string, number> {
  #context!: ProcessorContext<string, number>;
  #counts!: KeyValueStore<string, number>;

  init(context: ProcessorContext<string, number>): void {
    this.#context = context;
    this.#counts = context.getStateStore("counts");
    context.schedule({ intervalMs: 60_000, type: "wall-clock" }, (timestampMs) => {
      for (const { key, value } of this.#counts.all()) {
        context.forward(new StreamRecord(key, value, timestampMs, []), "totals");
      }
      context.commit();
    });
  }

  process({ key, timestamp }: StreamRecord<string, string>): void {
    this.#counts.put(key, (this.#counts.get(key) ?? 0) + 1);
    const offset = this.#context.recordMetadata()?.offset ?? -1;
    this.#context.forward(new StreamRecord(key, offset, timestamp, []));
  }
}

describe("MockProcessorContext", () => {
  it("keeps what a processor forwards, schedules and asks for", () => {
    const context = new MockProcessorContext<string, number>({ applicationId: "shop" });
    context.addStateStore(keyValueStore({ name: "counts", key: serdes.string, value: serdes.long }));
    const counter = new Counter();
    counter.init(context);
    context.setRecordMetadata({ topic: "in", partition: 0, offset: 7 });
    counter.process(new StreamRecord("a", "x", 5, []));
    context.setRecordMetadata(null);
    counter.process(new StreamRecord("a", "x", 6, []));
    expect(context.forwarded().map(({ record }) => [record.key, record.value, record.timestamp])).toEqual([
      ["a", 7, 5],
      ["a", -1, 6],
    ]);
    context.resetForwards();
    const [punctuator] = context.scheduledPunctuators();
    expect(punctuator).toMatchObject({ intervalMs: 60_000, type: "wall-clock", cancelled: false });
    punctuator!.callback(60_000);
    expect(context.forwarded("totals").map(({ record }) => record.value)).toEqual([2]);
    expect(context.forwarded("elsewhere")).toEqual([]);
    expect(context.commitRequested).toBe(true);
    punctuator!.cancel();
    expect(context.scheduledPunctuators()[0]!.cancelled).toBe(true);
    expect([context.applicationId, context.taskId]).toEqual(["shop", "0_0"]);
  });

  it("puts time where the test says, and knows only stores that were added", () => {
    const context = new MockProcessorContext();
    context.streamTimeMs = 5;
    context.systemTimeMs = 9;
    expect([context.currentStreamTimeMs(), context.currentSystemTimeMs()]).toEqual([5, 9]);
    expect(() => context.getStateStore("counts")).toThrow("The context has no store counts");
  });
});
