import type { StoreKey } from "../contract/index.js";

/** The runtime's own methods, which `toString` and `write` end in; the published types leave them out. */
interface Latin1Buffer extends Uint8Array {
  latin1Slice(start: number, end: number): string;
  latin1Write(text: string, offset: number, length: number): number;
}

/** Up to this many bytes a loop beats the calls that a write by the runtime takes. */
const LOOP_LENGTH = 24;

const asLatin1 = (bytes: Uint8Array): Latin1Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) as Uint8Array as Latin1Buffer;

/** A plain Uint8Array has no cheap way to latin1 text, a Buffer has: short keys go through this one. */
const scratch = asLatin1(new Uint8Array(256));

/** The store key of these bytes: one latin1 character each. Copies; the bytes may change afterwards. */
export const storeKey = (bytes: Uint8Array): StoreKey => {
  const length = bytes.length;
  if (bytes instanceof Buffer) return (bytes as Uint8Array as Latin1Buffer).latin1Slice(0, length);
  if (length > scratch.length) return asLatin1(bytes).latin1Slice(0, length);
  scratch.set(bytes);
  return scratch.latin1Slice(0, length);
};

/** The bytes of a store key, in an array of their own. */
export const keyBytes = (key: StoreKey): Uint8Array => {
  const bytes = new Uint8Array(key.length);
  writeKey(key, bytes, 0);
  return bytes;
};

/** Writes the bytes of `key` into `target` at `offset`, which must have room for them. Returns the offset after them. */
export const writeKey = (key: StoreKey, target: Uint8Array, offset: number): number => {
  const length = key.length;
  if (length > LOOP_LENGTH) {
    asLatin1(target).latin1Write(key, offset, length);
  } else {
    for (let index = 0; index < length; index += 1) target[offset + index] = key.charCodeAt(index);
  }
  return offset + length;
};
