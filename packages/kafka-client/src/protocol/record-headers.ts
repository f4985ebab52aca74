import type { RawHeader, RawHeaders } from "../port/records.js";
import { VarintReader } from "./varint.js";

/** Reads the headers of a record; `position` is where their count stands. Values are views on `buffer`. */
export function readHeaders(buffer: Uint8Array, position: number): RawHeaders | null {
  const reader = new VarintReader(buffer, position);
  const count = reader.varint();
  if (count <= 0) return null;
  const headers: RawHeader[] = [];
  for (let index = 0; index < count; index++) {
    const key = readBytes(reader) ?? EMPTY;
    headers.push({ key: decoder.decode(key), value: readBytes(reader) });
  }
  return headers;
}

const decoder = new TextDecoder();
const EMPTY = new Uint8Array(0);

function readBytes(reader: VarintReader): Uint8Array | null {
  const length = reader.varint();
  if (length < 0) return null;
  const start = reader.position;
  reader.position = start + length;
  return reader.buffer.subarray(start, start + length);
}
