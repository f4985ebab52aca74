import type { Serde } from "../model/index.js";
import { ownMemory, type ByteMemory } from "./byte-memory.js";
import { SerializationError, wrongLength } from "./serialization-error.js";
import { writeTo, type WritingSerde } from "./serialize-to.js";

/** A serde whose values all have the same number of bytes: Kafka's lists of them leave out the lengths. */
export interface FixedWidthSerde<T> extends WritingSerde<T> {
  readonly widthBytes: number;
  read(buffer: Uint8Array, start: number, end: number): T;
}

/** What a number has to know to become a serde. */
interface Codec<T> {
  readonly name: string;
  readonly widthBytes: number;
  /** Throws SerializationError for a value it cannot write. */
  write(topic: string, value: T, memory: ByteMemory): Uint8Array;
  /** Called with enough bytes only. */
  read(buffer: Uint8Array, start: number): T;
}

/** A serde that refuses bytes of any other length. */
export function fixedWidthSerde<T>(codec: Codec<T>): FixedWidthSerde<T> {
  const { name, widthBytes } = codec;
  return {
    name,
    widthBytes,
    serialize: (topic, value) => codec.write(topic, value, ownMemory),
    [writeTo]: (topic, value, memory) => codec.write(topic, value, memory),
    deserialize(topic, bytes) {
      if (bytes.length !== widthBytes) throw wrongLength(name, topic, widthBytes, bytes.length);
      return codec.read(bytes, 0);
    },
    read(buffer, start, end) {
      if (end - start !== widthBytes) throw wrongLength(name, null, widthBytes, end - start);
      return codec.read(buffer, start);
    },
  };
}

/** Null when values of the serde differ in length. */
export function widthOf(serde: Serde<unknown>): number | null {
  return "widthBytes" in serde && typeof serde.widthBytes === "number" ? serde.widthBytes : null;
}

/** The error of a whole number that does not fit. */
export function outOfRange(serde: string, topic: string, value: unknown, range: string): SerializationError {
  return new SerializationError({ serde, topic, what: `expected ${range}, got ${typeof value} ${String(value)}.` });
}
