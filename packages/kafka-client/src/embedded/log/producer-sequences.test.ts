import { expect, test } from "vitest";
import { FatalClientError, ProducerFencedError } from "../../port/errors.js";
import { placeBatch, RecordBatchWriter, type RecordBatch } from "../../protocol/index.js";
import { ProducerSequences } from "./producer-sequences.js";

function batch(epoch: number, baseSequence: number, count: number, baseOffset = 0): RecordBatch {
  const writer = new RecordBatchWriter(256);
  for (let index = 0; index < count; index++) writer.append(null, null, 0, null);
  const seal = { attributes: 0, producerId: 1, producerEpoch: epoch, baseSequence, checksum: false };
  return placeBatch(writer.finish(seal), baseOffset);
}

test("batches in order are new, a batch sent again is known by its offset, a gap is refused", () => {
  const sequences = new ProducerSequences();
  expect(sequences.check(batch(0, 0, 3))).toBe(-1);
  sequences.stored(batch(0, 0, 3, 100));
  expect(sequences.check(batch(0, 3, 2))).toBe(-1);
  sequences.stored(batch(0, 3, 2, 110));
  expect(sequences.check(batch(0, 0, 3))).toBe(100);
  expect(sequences.check(batch(0, 3, 2))).toBe(110);
  expect(() => sequences.check(batch(0, 6, 1))).toThrow(FatalClientError);
});

test("sequences begin afresh with an epoch, and older epochs are fenced", () => {
  const sequences = new ProducerSequences();
  sequences.stored(batch(0, 0, 3));
  expect(() => sequences.check(batch(1, 3, 1))).toThrow(FatalClientError);
  expect(sequences.check(batch(1, 0, 1))).toBe(-1);
  sequences.bump(1, 2);
  expect(() => sequences.check(batch(1, 0, 1))).toThrow(ProducerFencedError);
});

test("sequences wrap at 2^31", () => {
  const sequences = new ProducerSequences();
  sequences.stored(batch(0, 2 ** 31 - 3, 1));
  expect(sequences.check(batch(0, 2 ** 31 - 2, 3))).toBe(-1);
  sequences.stored(batch(0, 2 ** 31 - 2, 3));
  expect(sequences.check(batch(0, 1, 1))).toBe(-1);
});
