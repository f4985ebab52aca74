import { describe, expect, test } from "vitest";
import { VirtualClock } from "@millrace/kernel/testing";
import { noHeaders, type ConsumedRecord } from "../model/index.js";
import { decodeOffsetMetadata, encodeOffsetMetadata, InvalidTimestampError, timestampExtractors } from "./index.js";

const record = (timestamp: number): ConsumedRecord => ({
  topic: "in",
  partition: 0,
  offset: 7,
  timestamp,
  key: null,
  value: "v",
  headers: noHeaders,
});

describe("timestamp extractors", () => {
  const { failOnInvalid, logAndSkip, usePartitionTime, wallclock } = timestampExtractors;

  test("a valid timestamp is taken by all but wallclock", () => {
    for (const extractor of [failOnInvalid, logAndSkip, usePartitionTime]) expect(extractor(record(5), 9)).toBe(5);
    expect(wallclock(new VirtualClock(1_234))(record(5), 9)).toBe(1_234);
  });

  test("a negative one fails, skips, or is replaced by the partition's time", () => {
    expect(() => failOnInvalid(record(-1), 9)).toThrow(/in-0@7 has timestamp -1/u);
    expect(logAndSkip(record(-1), 9)).toBe(-1);
    expect(usePartitionTime(record(-1), 9)).toBe(9);
    expect(() => usePartitionTime(record(-1), -1)).toThrow(InvalidTimestampError);
  });
});

describe("metadata beside a committed offset", () => {
  test.each([
    [-1, {}, "Av//////////"],
    [1_700_000_000_000, {}, "AgAAAYvP5WgA"],
    [5, { "closed-0": 300 }, "AgAAAAAAAAAFAAAAAQAAAAhjbG9zZWQtMAAAAAAAAAEs"],
  ])("time %d with %j is %s", (timeMs, times, text) => {
    const operatorTimesMs = new Map(Object.entries(times));
    expect(encodeOffsetMetadata(timeMs, operatorTimesMs)).toBe(text);
    expect(decodeOffsetMetadata(text)).toEqual({ partitionTimeMs: timeMs, operatorTimesMs });
  });

  test("version 1 has the time alone", () => {
    expect(decodeOffsetMetadata("AQAAAAAAAAAF").partitionTimeMs).toBe(5);
  });

  test.each([null, undefined, "", "AQ==", "another program's text", "AwAAAAAAAAAF", "\u0000"])(
    "%j counts as nothing known",
    (text) => {
      expect(decodeOffsetMetadata(text)).toEqual({ partitionTimeMs: -1, operatorTimesMs: new Map() });
    },
  );

  test("a map cut short keeps the time", () => {
    const text = encodeOffsetMetadata(5, new Map([["closed", 300]]));
    const cut = Buffer.from(text, "base64").subarray(0, 20).toString("base64");
    expect(decodeOffsetMetadata(cut)).toEqual({ partitionTimeMs: 5, operatorTimesMs: new Map() });
  });
});
