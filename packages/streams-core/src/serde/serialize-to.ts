import type { Headers, Serde } from "../model/index.js";
import type { ByteMemory } from "./byte-memory.js";

/** The fast path of `serialize` that serdes of the library have. */
export const writeTo = Symbol("writeTo");

/** A serde that can write into memory it is given. It asks for memory once, and throws as `serialize` does. */
export interface WritingSerde<T> extends Serde<T> {
  [writeTo](topic: string, value: T, memory: ByteMemory): Uint8Array;
}

/** The bytes of `serialize`: in `memory`, where the serde knows how to, else in memory of their own. */
// eslint-disable-next-line max-params -- no object per record on the hot path
export function serializeTo<T>(
  serde: Serde<T>,
  topic: string,
  value: T,
  memory: ByteMemory,
  headers?: Headers,
): Uint8Array {
  const writing = serde as Partial<WritingSerde<T>> & Serde<T>;
  return writing[writeTo] === undefined
    ? serde.serialize(topic, value, headers)
    : writing[writeTo](topic, value, memory);
}
