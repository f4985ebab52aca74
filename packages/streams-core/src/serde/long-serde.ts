import { fixedWidthSerde, outOfRange } from "./fixed-width-serde.js";
import { SerializationError } from "./serialization-error.js";

const TWO_POW_32 = 2 ** 32;
const RANGE = "a whole number between -(2^53-1) and 2^53-1 (serdes.bigint has all 64 bits)";

/**
 * Whole numbers as 8 bytes, big-endian: Kafka's LongSerializer. Throws SerializationError for a number, or bytes,
 * beyond ±(2^53-1), where a JavaScript number would be rounded.
 */
export const longSerde = fixedWidthSerde<number>({
  name: "long",
  widthBytes: 8,
  write(topic, value, memory) {
    if (!Number.isSafeInteger(value)) throw outOfRange("long", topic, value, RANGE);
    const bytes = memory.of(8);
    const high = Math.floor(value / TWO_POW_32);
    const low = value - high * TWO_POW_32;
    bytes[0] = high >> 24;
    bytes[1] = high >> 16;
    bytes[2] = high >> 8;
    bytes[3] = high;
    bytes[4] = low >>> 24;
    bytes[5] = low >>> 16;
    bytes[6] = low >>> 8;
    bytes[7] = low;
    return bytes;
  },
  read(buffer, start) {
    const value = int32At(buffer, start) * TWO_POW_32 + (int32At(buffer, start + 4) >>> 0);
    if (!Number.isSafeInteger(value)) {
      const what = `the number is about ${value}, beyond ±(2^53-1); read it with serdes.bigint.`;
      throw new SerializationError({ serde: "long", topic: null, what });
    }
    return value;
  },
});

function int32At(buffer: Uint8Array, at: number): number {
  return (buffer[at]! << 24) | (buffer[at + 1]! << 16) | (buffer[at + 2]! << 8) | buffer[at + 3]!;
}
