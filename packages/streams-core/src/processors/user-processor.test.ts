import { describe, expect, it } from "vitest";
import { InvalidArgumentError } from "../model/index.js";
import type { FixedKeyProcessor, FixedKeyProcessorContext, KeyValueStore, StreamRecord } from "../model/index.js";
import { serdes } from "../serde/index.js";
import { keyValueStore } from "../stores/index.js";
import { TopologyTestDriver } from "../testing/index.js";
import { Topology } from "../topology/index.js";
import { fixedKeyProcessor, userProcessor } from "./index.js";

const { string } = serdes;
const seen = keyValueStore({ name: "seen", key: string, value: serdes.long });

/** Appends to the value how often the key was seen; a value of "rename" goes out under another key. */
class SeenCount implements FixedKeyProcessor<string, string, string> {
  #context!: FixedKeyProcessorContext<string, string>;
  #store!: KeyValueStore<string, number>;

  init(context: FixedKeyProcessorContext<string, string>): void {
    this.#context = context;
    this.#store = context.getStateStore("seen");
    context.schedule({ intervalMs: 10, type: "wall-clock" }, (timestamp) => {
      for (const { key, value } of this.#store.all()) {
        this.#context.forward({ key, value: `total ${value}`, timestamp, headers: [] } as unknown as StreamRecord<
          string,
          string
        >);
      }
    });
  }

  process(record: StreamRecord<string, string>): void {
    const count = (this.#store.get(record.key) ?? 0) + 1;
    this.#store.put(record.key, count);
    const renamed = record.value === "rename" ? record.withKey("other") : record;
    this.#context.forward(renamed.withValue(`${record.value}#${count} in ${this.#context.taskId}`));
  }
}

function topologyOf(): Topology {
  return new Topology({ key: string, value: string })
    .addSource({ name: "in", topics: "in" })
    .addProcessor({
      name: "seen-count",
      processor: fixedKeyProcessor({ get: () => new SeenCount(), stores: () => [seen] }),
      parents: ["in"],
    })
    .addSink({ name: "out", topic: "out", parents: ["seen-count"] });
}

describe("A processor of values", () => {
  it("brings its store, and forwards under the key it was given", () => {
    using driver = new TopologyTestDriver(topologyOf());
    const input = driver.createInputTopic("in", { key: string, value: string });
    input.pipeInput("k", "a");
    input.pipeInput("k", "b");
    const output = driver.createOutputTopic("out", { key: string, value: string });
    expect(output.readAllKeyValues()).toEqual([
      { key: "k", value: "a#1 in 0_0" },
      { key: "k", value: "b#2 in 0_0" },
    ]);
  });

  it("may forward any key from a punctuator, where no record says which (K2)", () => {
    using driver = new TopologyTestDriver(topologyOf());
    driver.createInputTopic("in", { key: string, value: string }).pipeInput("k", "a");
    driver.advanceWallClockTime(10);
    const values = driver.createOutputTopic("out", { key: string, value: string }).readAllValues();
    expect(values).toEqual(["a#1 in 0_0", "total 1"]);
  });

  it("cannot change the key (K2)", () => {
    using driver = new TopologyTestDriver(topologyOf());
    const input = driver.createInputTopic("in", { key: string, value: string });
    expect(() => input.pipeInput("k", "rename")).toThrow(/another key/u);
  });
});

describe("A supplier of processors", () => {
  const shared = { process: () => undefined };

  it("must make a new one each time (P2)", () => {
    expect(() => userProcessor(() => shared)).toThrow(InvalidArgumentError);
    expect(() => fixedKeyProcessor(() => shared)).toThrow(InvalidArgumentError);
  });

  it("must make one at all", () => {
    expect(() => userProcessor(() => null as never)).toThrow(InvalidArgumentError);
    expect(() => fixedKeyProcessor(() => undefined as never)).toThrow(InvalidArgumentError);
  });

  it("may be a function or an object", () => {
    const make = () => ({ process: () => undefined });
    expect(userProcessor(make).get()).not.toBe(userProcessor({ get: make }).get());
  });
});
