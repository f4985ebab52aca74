import { Buffer } from "node:buffer";
import type { StoreKey } from "@millrace/state-stores";

interface Slicing {
  latin1Slice(this: Uint8Array, start: number, end: number): string;
}
/** Reads part of any byte array without making a view of it first. */
const { latin1Slice } = Buffer.prototype as unknown as Slicing;

/** The store key of the bytes `buffer[start, end)`. */
export function storeKeyAt(buffer: Uint8Array, start: number, end: number): StoreKey {
  return end === start ? "" : latin1Slice.call(buffer, start, end);
}
