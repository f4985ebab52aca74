import { fixedWidthSerde, outOfRange } from "./fixed-width-serde.js";

/** Whole numbers of 64 bits as 8 bytes, big-endian: the bytes of `long`, for numbers beyond 2^53. */
export const bigintSerde = fixedWidthSerde<bigint>({
  name: "bigint",
  widthBytes: 8,
  write(topic, value, memory) {
    if (typeof value !== "bigint" || BigInt.asIntN(64, value) !== value)
      throw outOfRange("bigint", topic, value, "a bigint of 64 bits");
    const bytes = memory.of(8);
    new DataView(bytes.buffer, bytes.byteOffset).setBigInt64(0, value);
    return bytes;
  },
  read: (buffer, start) => new DataView(buffer.buffer, buffer.byteOffset).getBigInt64(start),
});
