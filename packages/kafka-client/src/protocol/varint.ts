const TWO_32 = 4294967296;

/** Bytes that {@link writeVarint} needs for a signed 32-bit `value`. */
export function sizeOfVarint(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  if (zigzag < 0x80) return 1;
  if (zigzag < 0x4000) return 2;
  if (zigzag < 0x200000) return 3;
  return zigzag < 0x10000000 ? 4 : 5;
}

/** Writes a signed 32-bit `value` zigzag-encoded; returns the position after it. */
export function writeVarint(buffer: Uint8Array, position: number, value: number): number {
  let zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  while (zigzag >= 0x80) {
    buffer[position++] = (zigzag & 0x7f) | 0x80;
    zigzag >>>= 7;
  }
  buffer[position++] = zigzag;
  return position;
}

/** Bytes that {@link writeVarlong} needs for a safe integer. */
export function sizeOfVarlong(value: number): number {
  if (value >= -1073741824 && value < 1073741824) return sizeOfVarint(value);
  let magnitude = value < 0 ? -(value + 1) : value;
  let bits = 1;
  for (; magnitude >= 1; magnitude = Math.floor(magnitude / 2)) bits++;
  return Math.ceil(bits / 7);
}

/** Writes a safe integer zigzag-encoded as a 64-bit varint; returns the position after it. */
export function writeVarlong(buffer: Uint8Array, position: number, value: number): number {
  if (value >= -1073741824 && value < 1073741824) return writeVarint(buffer, position, value);
  const high = Math.floor(value / TWO_32);
  const low = value - high * TWO_32;
  const sign = high >> 31;
  let zigzagLow = ((low << 1) ^ sign) >>> 0;
  let zigzagHigh = (((high << 1) | (low >>> 31)) ^ sign) >>> 0;
  while (zigzagHigh !== 0 || zigzagLow >= 0x80) {
    buffer[position++] = (zigzagLow & 0x7f) | 0x80;
    zigzagLow = ((zigzagLow >>> 7) | (zigzagHigh << 25)) >>> 0;
    zigzagHigh >>>= 7;
  }
  buffer[position++] = zigzagLow;
  return position;
}

/** Reads zigzag varints one after the other. `position` is where the next one starts. */
export class VarintReader {
  buffer: Uint8Array;
  position: number;

  constructor(buffer: Uint8Array, position: number) {
    this.buffer = buffer;
    this.position = position;
  }

  /** A signed 32-bit integer. */
  varint(): number {
    let byte = this.buffer[this.position++]!;
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
    let zigzag = byte & 0x7f;
    for (let shift = 7; byte >= 0x80; shift += 7) {
      byte = this.buffer[this.position++]!;
      zigzag |= (byte & 0x7f) << shift;
    }
    return (zigzag >>> 1) ^ -(zigzag & 1);
  }

  /** A signed 64-bit integer as a number; exact for safe integers. */
  varlong(): number {
    const buffer = this.buffer;
    let low = 0;
    let high = 0;
    let shift = 0;
    let byte: number;
    do {
      byte = buffer[this.position++]!;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      shift += 7;
    } while (byte >= 0x80);
    const sign = -(low & 1);
    const plainLow = (((low >>> 1) | (high << 31)) ^ sign) >>> 0;
    const plainHigh = ((high >>> 1) ^ sign) | 0;
    return plainHigh * TWO_32 + plainLow;
  }
}
