import { TruncatedPayloadError, WrongMagicByteError } from "../errors.js";

/** What comes before every payload: the magic byte 0, then the schema's id as four bytes, most significant first. */
export const HEADER_BYTES = 5;
const MAGIC_BYTE = 0;

/** Writes the header to the start of `target`. */
export function writeHeader(target: Uint8Array, id: number): void {
  target[0] = MAGIC_BYTE;
  target[1] = id >>> 24;
  target[2] = id >>> 16;
  target[3] = id >>> 8;
  target[4] = id;
}

/** The schema's id of the record in `buffer[start, end)`. Throws WrongMagicByteError and TruncatedPayloadError. */
export function readSchemaId(buffer: Uint8Array, start: number, end: number): number {
  if (end > start && buffer[start] !== MAGIC_BYTE) throw new WrongMagicByteError(buffer[start]!);
  if (end - start < HEADER_BYTES)
    throw new TruncatedPayloadError(
      `The record has ${end - start} bytes; magic byte and schema id alone are ${HEADER_BYTES}. It was written without a ` +
        "schema registry, or it is damaged.",
    );
  return idAt(buffer, start);
}

/** The same, or null for bytes that have no such header. */
export function peekSchemaId(buffer: Uint8Array, start: number, end: number): number | null {
  return end - start < HEADER_BYTES || buffer[start] !== MAGIC_BYTE ? null : idAt(buffer, start);
}

function idAt(buffer: Uint8Array, start: number): number {
  return (buffer[start + 1]! << 24) | (buffer[start + 2]! << 16) | (buffer[start + 3]! << 8) | buffer[start + 4]!;
}

/** The bytes as a Buffer on the same memory. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
