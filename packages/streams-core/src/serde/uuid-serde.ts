import { fixedWidthSerde } from "./fixed-width-serde.js";
import { SerializationError, wrongValue } from "./serialization-error.js";
import { readUtf8, writeUtf8 } from "./utf8.js";

const WIDTH_BYTES = 36;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/iu;

/** A UUID in its text form, lower case, as 36 ASCII bytes: Kafka's UUIDSerializer. */
export const uuidSerde = fixedWidthSerde<string>({
  name: "uuid",
  widthBytes: WIDTH_BYTES,
  write(topic, value, memory) {
    if (typeof value !== "string" || !UUID.test(value))
      throw wrongValue("uuid", topic, "a UUID such as 123e4567-e89b-12d3-a456-426614174000", value);
    return writeUtf8(value.toLowerCase(), memory);
  },
  read(buffer, start) {
    const text = readUtf8(buffer, start, start + WIDTH_BYTES);
    if (UUID.test(text)) return text.toLowerCase();
    throw new SerializationError({ serde: "uuid", topic: null, what: `${JSON.stringify(text)} is not a UUID.` });
  },
});
