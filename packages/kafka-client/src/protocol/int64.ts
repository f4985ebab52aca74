const TWO_32 = 4294967296;

/** Reads a big-endian signed 64-bit integer as a number. Exact up to 2^53, which every offset and timestamp of ours is. */
export function readInt64(buffer: Uint8Array, position: number): number {
  return readInt32(buffer, position) * TWO_32 + (readInt32(buffer, position + 4) >>> 0);
}

/** Writes a safe integer as a big-endian signed 64-bit integer. */
export function writeInt64(buffer: Uint8Array, position: number, value: number): void {
  const high = Math.floor(value / TWO_32);
  writeInt32(buffer, position, high | 0);
  writeInt32(buffer, position + 4, (value - high * TWO_32) | 0);
}

/** Reads a big-endian signed 32-bit integer. */
export function readInt32(buffer: Uint8Array, position: number): number {
  return (
    (buffer[position]! << 24) | (buffer[position + 1]! << 16) | (buffer[position + 2]! << 8) | buffer[position + 3]!
  );
}

/** Writes the low 32 bits of `value`, big-endian. */
export function writeInt32(buffer: Uint8Array, position: number, value: number): void {
  buffer[position] = value >>> 24;
  buffer[position + 1] = value >>> 16;
  buffer[position + 2] = value >>> 8;
  buffer[position + 3] = value;
}

/** Reads a big-endian signed 16-bit integer. */
export function readInt16(buffer: Uint8Array, position: number): number {
  return ((buffer[position]! << 24) >> 16) | buffer[position + 1]!;
}

/** Writes the low 16 bits of `value`, big-endian. */
export function writeInt16(buffer: Uint8Array, position: number, value: number): void {
  buffer[position] = value >>> 8;
  buffer[position + 1] = value;
}
