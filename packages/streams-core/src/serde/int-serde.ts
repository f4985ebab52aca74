import { fixedWidthSerde, outOfRange } from "./fixed-width-serde.js";

/** Whole numbers of 32 bits as 4 bytes, big-endian: Kafka's IntegerSerializer. */
export const intSerde = fixedWidthSerde<number>({
  name: "int",
  widthBytes: 4,
  write(topic, value, memory) {
    if ((value | 0) !== value) throw outOfRange("int", topic, value, "a whole number of 32 bits");
    const bytes = memory.of(4);
    bytes[0] = value >> 24;
    bytes[1] = value >> 16;
    bytes[2] = value >> 8;
    bytes[3] = value;
    return bytes;
  },
  read: (buffer, at) => (buffer[at]! << 24) | (buffer[at + 1]! << 16) | (buffer[at + 2]! << 8) | buffer[at + 3]!,
});
