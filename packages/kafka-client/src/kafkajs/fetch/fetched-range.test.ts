import { expect, test } from "vitest";
import { FatalClientError } from "../../port/errors.js";
import { tp } from "../../port/topic-partition.js";
import { RecordBatchWriter } from "../../protocol/index.js";
import { writeInt64 } from "../../protocol/int64.js";
import { fetchedRange } from "./fetched-range.js";

const partition = tp("t", 3);

/** A batch of records whose first one has offset `base`. */
function batch(base: number, count: number): Buffer {
  const writer = new RecordBatchWriter(1_000);
  for (let index = 0; index < count; index++) writer.append(null, Buffer.from("value"), 1, null);
  const seal = { attributes: 0, producerId: -1, producerEpoch: -1, baseSequence: -1, checksum: true };
  const bytes = Buffer.from(writer.finish(seal).buffer);
  writeInt64(bytes, 0, base);
  return bytes;
}

const answer = (records: Buffer) => ({
  ...{ partition: 3, errorCode: 0, highWatermark: 100, lastStableOffset: 100, aborted: [] },
  records,
});

test("whole batches count, one that is cut off at the end comes again", () => {
  const records = Buffer.concat([batch(5, 2), batch(7, 3), batch(10, 1).subarray(0, 40)]);
  const range = fetchedRange(partition, 6, answer(records), true);
  expect(range.batches.map(({ baseOffset, lastOffset }) => [baseOffset, lastOffset])).toEqual([
    [5, 6],
    [7, 9],
  ]);
  expect(range.end).toBe(10);
});

test("a batch wholly before the offset asked for is left out", () => {
  const range = fetchedRange(partition, 7, answer(Buffer.concat([batch(5, 2), batch(7, 1)])), true);
  expect([range.batches.length, range.end]).toEqual([1, 8]);
});

test("an answer without a whole batch does not move on", () => {
  expect(fetchedRange(partition, 5, answer(batch(5, 2).subarray(0, 50)), true)).toMatchObject({ batches: [], end: 5 });
});

test("a damaged batch is a typed error that names it, unless sums are not checked", () => {
  const damaged = batch(7, 1);
  damaged[damaged.length - 3]! ^= 1;
  const records = Buffer.concat([batch(5, 2), damaged]);
  const read = () => fetchedRange(partition, 5, answer(records), true);
  expect(read).toThrow(FatalClientError);
  expect(read).toThrow("batch at offset 7 of t-3 is damaged");
  expect(fetchedRange(partition, 5, answer(records), false).end).toBe(8);
});

test("a message format from before 0.11 is a typed error that names it", () => {
  const old = batch(7, 1);
  old[16] = 1;
  const read = () => fetchedRange(partition, 5, answer(Buffer.concat([batch(5, 2), old])), true);
  expect(read).toThrow(FatalClientError);
  expect(read).toThrow("offset 7 of t-3 are in message format 1");
});
