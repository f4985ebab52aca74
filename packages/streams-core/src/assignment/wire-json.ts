import { deflateRawSync, inflateRawSync } from "node:zlib";

/** Shorter texts are sent as they are. */
const DEFLATE_FROM_BYTES = 512;
/** No honest text is longer: one that says so is not read. */
const LARGEST_TEXT_BYTES = 64 * 1024 * 1024;
/** First byte of a compressed text; JSON never begins with it. */
const DEFLATED = 0;

/** JSON, compressed where that pays. */
export function encodeWireJson(value: object): Uint8Array {
  const text = Buffer.from(JSON.stringify(value));
  if (text.length < DEFLATE_FROM_BYTES) return text;
  return Buffer.concat([Uint8Array.of(DEFLATED), deflateRawSync(text)]);
}

/** Null for bytes that are no such thing. */
export function decodeWireJson(bytes: Uint8Array | null): Readonly<Record<string, unknown>> | null {
  if (bytes === null || bytes.length === 0) return null;
  try {
    const text =
      bytes[0] === DEFLATED ? inflateRawSync(bytes.subarray(1), { maxOutputLength: LARGEST_TEXT_BYTES }) : bytes;
    const value: unknown = JSON.parse(Buffer.from(text).toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

/** The strings of an array; null when it is none. */
export function stringsOf(value: unknown): readonly string[] | null {
  return Array.isArray(value) && value.every((each) => typeof each === "string") ? value : null;
}

/** An object whose values are all of a kind; null when it is none. */
export function recordOf<V>(value: unknown, isOf: (each: unknown) => each is V): Readonly<Record<string, V>> | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  return Object.values(value).every(isOf) ? (value as Record<string, V>) : null;
}
