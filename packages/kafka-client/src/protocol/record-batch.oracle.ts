import fc from "fast-check";
import { expect, test } from "vitest";
import type { RawRecord } from "../port/records.js";
import { BatchCursor } from "./batch-cursor.js";
import { batchLengthAt, placeBatch } from "./record-batch.js";
import { RecordBatchWriter } from "./record-batch-writer.js";
import { sizeOfVarint, sizeOfVarlong, VarintReader, writeVarint, writeVarlong } from "./varint.js";

const bytes = fc.option(fc.uint8Array({ maxLength: 200 }));
const headers = fc.option(
  fc.array(fc.record({ key: fc.string({ maxLength: 20, unit: "binary" }), value: bytes }), { maxLength: 4 }),
);
const timestamp = fc.oneof(fc.nat(10_000), fc.maxSafeNat(), fc.constant(-1));
const record = fc.record({ key: bytes, value: bytes, timestamp, headers, skip: fc.nat(3) });

test("what is written is read back, whatever it is", () => {
  fc.assert(
    fc.property(
      fc.array(record, { minLength: 1, maxLength: 60 }),
      fc.constantFrom(0, 1, 2, 3, 4),
      fc.maxSafeNat().map((offset) => Math.floor(offset / 2)),
      fc.integer({ min: 62, max: 3_000 }),
      (records, codec, baseOffset, fullBytes) => {
        const writer = new RecordBatchWriter(fullBytes);
        const expected: RawRecord[] = [];
        let delta = 0;
        for (const { key, value, timestamp: at, headers: named, skip } of records) {
          delta += expected.length === 0 ? 0 : 1 + skip;
          writer.appendAt(delta, key, value, at, named);
          const kept = named === null || named.length === 0 ? null : named;
          expected.push({ offset: baseOffset + delta, timestamp: at, key, value, headers: kept });
        }
        const seal = {
          attributes: codec,
          producerId: 2 ** 40,
          producerEpoch: 7,
          baseSequence: 2 ** 31 - 1,
          checksum: true,
        };
        const batch = placeBatch(writer.finish(seal), baseOffset);
        expect(batchLengthAt(batch.buffer, batch.start, batch.end, true)).toBe(batch.end - batch.start);
        expect(batch.maxTimestamp).toBe(Math.max(...records.map((one) => one.timestamp)));
        expect([batch.producerId, batch.producerEpoch, batch.baseSequence]).toEqual([2 ** 40, 7, 2 ** 31 - 1]);
        const cursor = new BatchCursor([batch], baseOffset, batch.lastOffset + 1);
        const read: RawRecord[] = [];
        while (cursor.next()) read.push(plain(cursor.record()));
        expect(read).toEqual(expected);
      },
    ),
    { numRuns: 500 },
  );
});

test("numbers of 32 and of 64 bits come back, in the size announced", () => {
  fc.assert(
    fc.property(fc.integer(), fc.maxSafeInteger(), (small, large) => {
      const buffer = new Uint8Array(20);
      const middle = writeVarint(buffer, 0, small);
      const end = writeVarlong(buffer, middle, large);
      expect([middle, end - middle]).toEqual([sizeOfVarint(small), sizeOfVarlong(large)]);
      const reader = new VarintReader(buffer, 0);
      expect([reader.varint(), reader.varlong(), reader.position]).toEqual([small, large, end]);
    }),
    { numRuns: 5_000 },
  );
});

function plain(view: RawRecord): RawRecord {
  const copy = (part: Uint8Array | null): Uint8Array | null => (part === null ? null : Uint8Array.from(part));
  return {
    ...view,
    key: copy(view.key),
    value: copy(view.value),
    headers: view.headers?.map(({ key, value }) => ({ key, value: copy(value) })) ?? null,
  };
}
