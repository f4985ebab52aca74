import { describe, expect, test } from "vitest";
import { StreamsBuilder } from "../dsl/index.js";
import {
  deadLetterOf,
  logAndContinue,
  type ErrorContext,
  type ErrorHandlers,
  type Headers,
  type ProductionErrorContext,
} from "../model/index.js";
import { serdes } from "../serde/index.js";
import type { Topology } from "../topology/index.js";
import { TopologyTestDriver } from "./index.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array | null): string | null => (value === null ? null : Buffer.from(value).toString());
const headerTexts = (headers: Headers): readonly (readonly [string, string | null])[] =>
  headers.map(({ key, value }) => [key, key.endsWith("stacktrace") ? "…" : text(value)] as const);

/** Longs that are doubled; 13 makes the mapper throw, 99 the sink's serde. */
function doubling(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.long });
  const value = {
    name: "narrow",
    serialize(topic: string, number: number): Uint8Array {
      if (number === 198) throw new RangeError("no room for 198");
      return serdes.long.serialize(topic, number);
    },
    deserialize: serdes.long.deserialize.bind(serdes.long),
  };
  builder
    .stream("in")
    .mapValues((number) => {
      if (number === 13) throw new Error("unlucky");
      return number * 2;
    })
    .to("out", { value });
  return builder.build();
}

const long = (number: number): Uint8Array => serdes.long.serialize("in", number);
const sourceHeaders: Headers = [
  { key: "h", value: bytes("1") },
  { key: "n", value: null },
];

/** Pipes unreadable bytes, what the mapper and what the sink cannot take, and a good record. */
function run(errors: ErrorHandlers) {
  const driver = new TopologyTestDriver(doubling(), { errors });
  const values = [bytes("abc"), long(13), long(99), long(4)];
  values.forEach((value, index) =>
    driver.pipeRaw("in", bytes("k"), value, { timestamp: 5 + index, headers: sourceHeaders }),
  );
  const out = driver.createOutputTopic("out", { key: serdes.string, value: serdes.long }).readAllValues();
  return { driver, out, dropped: driver.droppedRecords };
}

const skipAll = { deserialization: logAndContinue, processing: logAndContinue, production: logAndContinue };

describe("the dead-letter topic (R20)", () => {
  test("gets each record that failed as it was read, with headers that say why", () => {
    const { driver, out, dropped } = run({ ...skipAll, deadLetterTopic: "dead" });
    const letters = driver.rawRecords("dead");
    expect(out).toEqual([8]);
    expect(dropped).toBe(3);
    expect(letters.map(({ key, value, timestamp }) => [text(key), value, timestamp])).toEqual([
      ["k", bytes("abc"), 5],
      ["k", long(13), 6],
      ["k", long(99), 7],
    ]);
    // The order and the names of Kafka Streams 4.3.1; a class is named as JavaScript names it.
    const why = (exception: string, message: string, offset: string) => [
      ["h", "1"],
      ["n", null],
      ["__streams.errors.exception", exception],
      ["__streams.errors.message", message],
      ["__streams.errors.stacktrace", "…"],
      ["__streams.errors.topic", "in"],
      ["__streams.errors.partition", "0"],
      ["__streams.errors.offset", offset],
    ];
    const unreadable = headerTexts(letters[0]!.headers)[3]![1]!;
    expect(letters.map(({ headers }) => headerTexts(headers))).toEqual([
      why("SerializationError", unreadable, "0"),
      why("Error", "unlucky", "1"),
      why("RangeError", "no room for 198", "2"),
    ]);
    expect(text(letters[1]!.headers[4]!.value)).toContain("Error: unlucky\n    at ");
  });

  test("gets those that stop the task, too", () => {
    const driver = new TopologyTestDriver(doubling(), { errors: { deadLetterTopic: "dead" } });
    expect(() => driver.pipeRaw("in", null, long(13), { timestamp: 1 })).toThrow("unlucky");
    expect(driver.metrics.snapshot()).toContainEqual(expect.objectContaining({ name: "dead-letters-total", value: 1 }));
  });

  test("gets a letter without key, value and topic for a punctuator that throws", () => {
    const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
    builder.stream("in").process(() => ({
      init(context): void {
        context.schedule({ type: "wall-clock", intervalMs: 10 }, () => {
          throw new Error("late");
        });
      },
      process(): void {},
    }));
    const driver = new TopologyTestDriver(builder.build(), { errors: { ...skipAll, deadLetterTopic: "dead" } });
    driver.advanceWallClockTime(10);
    const [letter] = driver.rawRecords("dead");
    expect(letter).toMatchObject({ key: null, value: null, timestamp: 10 });
    expect(headerTexts(letter!.headers).slice(3)).toEqual([
      ["__streams.errors.topic", null],
      ["__streams.errors.partition", "-1"],
      ["__streams.errors.offset", "-1"],
    ]);
  });

  test("is left alone where a handler gives letters of its own", () => {
    const processing = {
      handle: (context: ErrorContext, error: unknown) => ({
        verdict: "continue" as const,
        deadLetters: [deadLetterOf(`dead-${context.nodeName}`, context, error)],
      }),
    };
    const { driver } = run({ ...skipAll, processing, deadLetterTopic: "dead" });
    expect(driver.rawRecords("dead")).toHaveLength(2);
    expect(driver.rawRecords("dead-KSTREAM-MAPVALUES-0000000001")).toHaveLength(1);
  });
});

describe("error handlers (R19, R21)", () => {
  test("see where a record came from, and what could not be written", () => {
    const seen: unknown[] = [];
    const note = ({ topic, partition, offset, timestamp, nodeName, taskId, rawKey, rawValue }: ErrorContext): void => {
      seen.push([`${topic}-${partition}@${offset}`, timestamp, nodeName, taskId, text(rawKey), rawValue?.length]);
    };
    const noting = (context: ErrorContext): "continue" => {
      note(context);
      return "continue";
    };
    const production = (context: ProductionErrorContext): "continue" => {
      note(context);
      const { targetTopic, failed, records, retriable } = context;
      seen.push([targetTopic, failed, records, retriable]);
      return "continue";
    };
    run({ deserialization: noting, processing: { handle: noting }, production });
    expect(seen).toEqual([
      ["in-0@0", 5, "KSTREAM-SOURCE-0000000000", "0_0", "k", 3],
      ["in-0@1", 6, "KSTREAM-MAPVALUES-0000000001", "0_0", "k", 8],
      ["in-0@2", 7, "KSTREAM-SINK-0000000002", "0_0", "k", 8],
      ["out", "serialize-value", 1, false],
    ]);
  });

  test("that ask to retry what cannot go better the next time fail", () => {
    expect(() => run({ ...skipAll, production: () => "retry" })).toThrow(/Node KSTREAM-SINK-0000000002 .* no room/u);
  });

  test.each<readonly [string, ErrorHandlers, string]>([
    ["reading", { ...skipAll, deserialization: failing }, "The error handler itself failed at node KSTREAM-SOURCE"],
    ["processing", { ...skipAll, processing: failing }, "The error handler itself failed at node KSTREAM-MAPVALUES"],
    ["writing", { ...skipAll, production: failing }, "The error handler itself failed at node KSTREAM-SINK"],
    ["nothing", { ...skipAll, processing: (() => {}) as never }, "The error handler gave undefined"],
  ])("that fail themselves stop the task: %s", (_, errors, message) => {
    expect(() => run(errors)).toThrow(message);
  });
});

function failing(): never {
  throw new Error("the handler is broken");
}
