import fc from "fast-check";
import { expect, test } from "vitest";
import { CorruptRecordsError } from "../../port/errors.js";
import { compress, decompress } from "./codecs.js";

const attribute = fc.constantFrom(1, 2, 3, 4);
/** Random bytes and repetitions in turn: what does not shrink, what shrinks much, and lengths around block borders. */
const stretch = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.nat(8_000)).map(([part, times]) => repeat(part, times)),
);
const records = fc.array(stretch, { maxLength: 6 }).map((parts) => Buffer.concat(parts));

test("what is compressed comes back, whatever it is", () => {
  fc.assert(
    fc.property(attribute, records, (codec, bytes) => {
      expect(Buffer.compare(bytes, decompress(codec, compress(codec, bytes)))).toBe(0);
    }),
    { numRuns: 1_000 },
  );
});

test("damaged bytes give an error of their own or other bytes, within the bound", () => {
  const bytesMax = 200_000;
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(attribute, records, damage, fc.nat(30), (codec, bytes, changes, cut) => {
      const packed = Buffer.from(compress(codec, bytes));
      for (const [at, value] of changes) packed[at % packed.length] = value;
      try {
        const unpacked = decompress(codec, packed.subarray(0, packed.length - cut), bytesMax);
        expect(unpacked.length).toBeLessThanOrEqual(bytesMax);
      } catch (error) {
        expect(error).toBeInstanceOf(CorruptRecordsError);
      }
    }),
    { numRuns: 3_000 },
  );
});

function repeat(part: Uint8Array, times: number): Buffer {
  return Buffer.alloc(part.length * times, part);
}
