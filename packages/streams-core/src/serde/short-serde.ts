import { fixedWidthSerde, outOfRange } from "./fixed-width-serde.js";

/** Whole numbers of 16 bits as 2 bytes, big-endian: Kafka's ShortSerializer. */
export const shortSerde = fixedWidthSerde<number>({
  name: "short",
  widthBytes: 2,
  write(topic, value, memory) {
    if ((value << 16) >> 16 !== value) throw outOfRange("short", topic, value, "a whole number of 16 bits");
    const bytes = memory.of(2);
    bytes[0] = value >> 8;
    bytes[1] = value;
    return bytes;
  },
  read: (buffer, at) => (((buffer[at]! << 8) | buffer[at + 1]!) << 16) >> 16,
});
