import { wasmChecksum } from "./crc32c-wasm.js";

const POLYNOMIAL = 0x82f63b78;
/** Sixteen for WebAssembly; JavaScript uses the first eight. */
const SLICES = 16;
/** Shorter runs are done sooner here than they are copied over. */
const WASM_FROM_BYTES = 512;

/** tables[slice * 256 + byte]: the checksum of that byte followed by `slice` zero bytes. */
const tables = buildTables();
const wasmUpdate = wasmChecksum(tables);

function buildTables(): Int32Array {
  const all = new Int32Array(SLICES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    all[byte] = crc;
  }
  for (let index = 256; index < all.length; index++) {
    const previous = all[index - 256]!;
    all[index] = (previous >>> 8) ^ all[previous & 0xff]!;
  }
  return all;
}

/**
 * CRC-32C (Castagnoli) of `buffer[start, end)`, as an unsigned integer. A checksum of a longer run is continued by
 * passing the previous one as `seed`.
 */
export function crc32c(buffer: Uint8Array, start: number, end: number, seed = 0): number {
  const update = end - start < WASM_FROM_BYTES ? plainUpdate : wasmUpdate;
  return ~update(buffer, start, end, ~seed) >>> 0;
}

/** Eight bytes a step ("slicing by 8"). */
function plainUpdate(buffer: Uint8Array, start: number, end: number, seed: number): number {
  const table = tables;
  let crc = seed;
  let at = start;
  for (const last = end - 8; at <= last; at += 8) {
    const low = crc ^ (buffer[at]! | (buffer[at + 1]! << 8) | (buffer[at + 2]! << 16) | (buffer[at + 3]! << 24));
    crc =
      table[1792 | (low & 0xff)]! ^
      table[1536 | ((low >>> 8) & 0xff)]! ^
      table[1280 | ((low >>> 16) & 0xff)]! ^
      table[1024 | (low >>> 24)]! ^
      table[768 | buffer[at + 4]!]! ^
      table[512 | buffer[at + 5]!]! ^
      table[256 | buffer[at + 6]!]! ^
      table[buffer[at + 7]!]!;
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ table[(crc ^ buffer[at]!) & 0xff]!;
  return crc;
}
