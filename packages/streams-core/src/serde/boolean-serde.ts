import type { Serde } from "../model/index.js";
import { SerializationError, wrongLength, wrongValue } from "./serialization-error.js";

function readBoolean(byte: number, topic: string | null): boolean {
  if (byte > 1) throw new SerializationError({ serde: "boolean", topic, what: `expected byte 0 or 1, got ${byte}.` });
  return byte === 1;
}

/** One byte, 0 or 1: Kafka's BooleanSerializer. Any other byte is refused. */
export const booleanSerde: Serde<boolean> = {
  name: "boolean",
  serialize(topic, value) {
    if (typeof value !== "boolean") throw wrongValue("boolean", topic, "true or false", value);
    const bytes = new Uint8Array(1);
    bytes[0] = value ? 1 : 0;
    return bytes;
  },
  deserialize(topic, bytes) {
    if (bytes.length !== 1) throw wrongLength("boolean", topic, 1, bytes.length);
    return readBoolean(bytes[0]!, topic);
  },
  read(buffer, start, end) {
    if (end - start !== 1) throw wrongLength("boolean", null, 1, end - start);
    return readBoolean(buffer[start]!, null);
  },
};
