import { fixedWidthSerde } from "./fixed-width-serde.js";
import { wrongValue } from "./serialization-error.js";

const scratch = new DataView(new ArrayBuffer(8));

/** Numbers as 8 bytes, IEEE 754, big-endian, one NaN: Kafka's DoubleSerializer. */
export const doubleSerde = fixedWidthSerde<number>({
  name: "double",
  widthBytes: 8,
  write(topic, value, memory) {
    if (typeof value !== "number") throw wrongValue("double", topic, "a number", value);
    // A literal NaN, since the engine may keep the payload of one that was read.
    scratch.setFloat64(0, Number.isNaN(value) ? NaN : value);
    const bytes = memory.of(8);
    for (let i = 0; i < 8; i++) bytes[i] = scratch.getUint8(i);
    return bytes;
  },
  read(buffer, start) {
    for (let i = 0; i < 8; i++) scratch.setUint8(i, buffer[start + i]!);
    return scratch.getFloat64(0);
  },
});
