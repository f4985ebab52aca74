import { fixedWidthSerde } from "./fixed-width-serde.js";
import { wrongValue } from "./serialization-error.js";

const scratch = new DataView(new ArrayBuffer(4));

/** Numbers rounded to 4 bytes, IEEE 754, big-endian, one NaN: Kafka's FloatSerializer. */
export const floatSerde = fixedWidthSerde<number>({
  name: "float",
  widthBytes: 4,
  write(topic, value, memory) {
    if (typeof value !== "number") throw wrongValue("float", topic, "a number", value);
    scratch.setFloat32(0, Number.isNaN(value) ? NaN : value);
    const bytes = memory.of(4);
    for (let i = 0; i < 4; i++) bytes[i] = scratch.getUint8(i);
    return bytes;
  },
  read(buffer, start) {
    for (let i = 0; i < 4; i++) scratch.setUint8(i, buffer[start + i]!);
    return scratch.getFloat32(0);
  },
});
