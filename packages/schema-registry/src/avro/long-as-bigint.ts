import avsc, { type Type } from "avsc";

const BYTES = 8;

/** Avro's `long` as `bigint`, all 64 bits of it. */
export function longAsBigint(): Type {
  return avsc.types.LongType.__with({
    fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
    toBuffer: (value: bigint) => {
      const bytes = Buffer.allocUnsafe(BYTES);
      bytes.writeBigInt64LE(value);
      return bytes;
    },
    fromJSON: (value: number | bigint | string) => BigInt(value),
    toJSON: (value: bigint) => Number(value),
    isValid: (value: unknown) => typeof value === "bigint" && BigInt.asIntN(64, value) === value,
    compare: (left: bigint, right: bigint) => (left < right ? -1 : left > right ? 1 : 0),
  });
}
