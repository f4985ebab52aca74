import type { Serde } from "../model/index.js";
import { wrongValue } from "./serialization-error.js";

/** Bytes as they are: Kafka's ByteArraySerializer. Reading copies, so that what is read may be kept. */
export const bytesSerde: Serde<Uint8Array> = {
  name: "bytes",
  serialize(topic, value) {
    if (!(value instanceof Uint8Array)) throw wrongValue("bytes", topic, "a Uint8Array", value);
    return value;
  },
  deserialize: (_topic, bytes) => Uint8Array.prototype.slice.call(bytes),
  read: (buffer, start, end) => Uint8Array.prototype.slice.call(buffer, start, end),
};
