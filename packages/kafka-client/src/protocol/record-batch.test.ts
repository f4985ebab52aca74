import { expect, test } from "vitest";
import { BatchCursor } from "./batch-cursor.js";
import { markerBatch, markerType } from "./control-batch.js";
import { readableBatches } from "./readable-batches.js";
import { batchLengthAt, placeBatch, readRecordBatch, readRecordBatches, type RecordBatch } from "./record-batch.js";
import { RecordBatchWriter, type BatchSeal } from "./record-batch-writer.js";

const seal: BatchSeal = { attributes: 0, producerId: -1, producerEpoch: -1, baseSequence: -1, checksum: true };

const hexOf = (batch: RecordBatch): string =>
  Buffer.from(batch.buffer.subarray(batch.start, batch.end)).toString("hex");
const unspaced = (hex: string): string => hex.replaceAll(/\s|;.*/g, "");

test("one record, byte by byte as Kafka writes it", () => {
  const writer = new RecordBatchWriter(1024);
  writer.append(Buffer.from("k"), Buffer.from("v"), 1000, null);
  const written = hexOf(writer.finish(seal));
  expect(written.slice(0, 34) + written.slice(42)).toBe(
    unspaced(`0000000000000000 0000003a 00000000 02
              0000 00000000 00000000000003e8 00000000000003e8 ffffffffffffffff ffff ffffffff 00000001
              10 00 00 00 02 6b 02 76 00`),
  );
});

test("nulls, headers, a time before the first, and a long value, byte by byte", () => {
  const writer = new RecordBatchWriter(1024);
  writer.append(null, null, 5, null);
  writer.append(Buffer.alloc(0), Buffer.alloc(64, 1), 4, [
    { key: "h", value: null },
    { key: "h", value: Buffer.of(9) },
  ]);
  const batch = writer.finish({ ...seal, attributes: 0x10, producerId: 258, producerEpoch: 3, baseSequence: 7 });
  const written = hexOf(batch);
  expect(written.slice(42, 122)).toBe(
    unspaced("0010 00000001 0000000000000005 0000000000000005 0000000000000102 0003 00000007 00000002"),
  );
  expect(written.slice(122)).toBe(
    unspaced(`0c 00 00 00 01 01 00
              9c01 00 01 02 00 8001 ${"01".repeat(64)} 04 02 68 01 02 68 02 09`),
  );
});

test("a commit and an abort marker, byte by byte", () => {
  for (const [type, digit] of [
    ["abort", "0"],
    ["commit", "1"],
  ] as const) {
    const marker = markerBatch({ type, producerId: 1, producerEpoch: 2, timestamp: 0, checksum: true });
    const written = hexOf(marker);
    expect(written.slice(42, 46)).toBe("0030");
    expect(written.slice(122)).toBe(unspaced(`20 00 00 00 08 0000000${digit} 0c 000000000000 00`));
    expect(markerType(marker)).toBe(type);
  }
});

test("the checksum covers everything from the attributes on, and the base offset is outside of it", () => {
  const writer = new RecordBatchWriter(1024);
  writer.append(Buffer.from("k"), Buffer.from("v"), 1000, null);
  const batch = placeBatch(writer.finish(seal), 2 ** 40 + 3);
  const bytes = Buffer.from(batch.buffer.subarray(batch.start, batch.end));
  expect(readRecordBatch(bytes, 0).baseOffset).toBe(2 ** 40 + 3);
  expect(batchLengthAt(bytes, 0, bytes.length, true)).toBe(bytes.length);
  for (let at = 17; at < bytes.length; at++) {
    const damaged = Buffer.from(bytes);
    damaged[at]! ^= 0x10;
    expect(batchLengthAt(damaged, 0, damaged.length, true)).toBe(-1);
  }
});

test("an incomplete batch at the end of a buffer is left out", () => {
  const writer = new RecordBatchWriter(1024);
  const parts = ["a", "b"].map((key) => {
    writer.append(Buffer.from(key), null, 1, null);
    return Buffer.from(hexOf(writer.finish(seal)), "hex");
  });
  const whole = Buffer.concat(parts);
  expect(readRecordBatches(whole, 0, whole.length)).toHaveLength(2);
  expect(readRecordBatches(whole, 0, whole.length - 1)).toHaveLength(1);
  expect(readRecordBatches(whole, 0, 30)).toHaveLength(0);
});

test("a cursor taken over from another goes on at its record, inside plain and compressed batches", () => {
  for (const codec of [0, 1]) {
    const writer = new RecordBatchWriter(1024);
    for (let index = 0; index < 10; index++) writer.append(Buffer.of(index), null, index, null);
    const batch = placeBatch(writer.finish({ ...seal, attributes: codec }), 100);
    const keys: number[] = [];
    let before: BatchCursor | null = null;
    for (const [from, to] of [
      [100, 103],
      [103, 104],
      [104, 110],
    ] as const) {
      const cursor: BatchCursor = new BatchCursor([batch], from, to, before);
      while (cursor.next()) keys.push(cursor.buffer[cursor.keyStart]!);
      before = cursor;
    }
    expect(keys).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  }
});

test("a cursor that was not used up is not taken over: nothing is left out", () => {
  const writer = new RecordBatchWriter(1024);
  for (let index = 0; index < 4; index++) writer.append(Buffer.of(index), null, index, null);
  const batch = writer.finish(seal);
  const first = new BatchCursor([batch], 0, 2);
  first.next();
  const second = new BatchCursor([batch], 2, 4, first);
  expect([second.next(), second.offset, second.next(), second.offset, second.next()]).toEqual([
    true,
    2,
    true,
    3,
    false,
  ]);
});

test("aborted batches are told by headers and markers; the same producer may have committed before", () => {
  let offset = 0;
  const place = (batch: RecordBatch): RecordBatch => {
    const placed = placeBatch(batch, offset);
    offset = placed.lastOffset + 1;
    return placed;
  };
  const data = (producerId: number): RecordBatch => {
    const writer = new RecordBatchWriter(256);
    writer.append(Buffer.alloc(4), Buffer.of(producerId), 0, null);
    return place(writer.finish({ ...seal, attributes: 0x10, producerId, producerEpoch: 0, baseSequence: 0 }));
  };
  const marker = (type: "abort" | "commit", producerId: number): RecordBatch =>
    place(markerBatch({ type, producerId, producerEpoch: 0, timestamp: 0, checksum: false }));
  //                0        1                    2        3        4                   5        6                   7
  const batches = [
    data(1),
    marker("commit", 1),
    data(1),
    data(2),
    marker("abort", 1),
    data(1),
    marker("abort", 2),
    marker("commit", 1),
  ];
  const aborted = [
    { producerId: 1, firstOffset: 2 },
    { producerId: 2, firstOffset: 3 },
  ];
  expect(readableBatches(batches, aborted).map((batch) => batch.baseOffset)).toEqual([0, 5]);
  expect(readableBatches(batches, []).map((batch) => batch.baseOffset)).toEqual([0, 2, 3, 5]);
});
