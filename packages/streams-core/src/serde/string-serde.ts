import { wrongValue } from "./serialization-error.js";
import { writeTo, type WritingSerde } from "./serialize-to.js";
import { readUtf8, writeUtf8 } from "./utf8.js";

/** Text as UTF-8: Kafka's StringSerializer. */
export const stringSerde: WritingSerde<string> = {
  name: "string",
  serialize(topic, value) {
    if (typeof value !== "string") throw wrongValue("string", topic, "a string", value);
    return writeUtf8(value);
  },
  [writeTo](topic, value, memory) {
    if (typeof value !== "string") throw wrongValue("string", topic, "a string", value);
    return writeUtf8(value, memory);
  },
  deserialize: (_topic, bytes) => readUtf8(bytes, 0, bytes.length),
  read: readUtf8,
};
