import { createRequire } from "node:module";
import { CorruptRecordsError } from "../../port/errors.js";

/**
 * The LZ4 frame format: magic, flags, block descriptor, optional content size, header checksum; then blocks, each after
 * its size (little-endian; top bit: stored as it is), and a size of 0 at the end. Java reads frames of independent
 * blocks only, which is what the library writes.
 */
const MAGIC = 0x184d2204;
const HEADER_BYTES = 7;
const CONTENT_SIZE = 0x08;
const CONTENT_SIZE_BYTES = 8;
const BLOCK_CHECKSUM = 0x10;
const CHECKSUM_BYTES = 4;
const SIZE_BYTES = 4;
const STORED = 0x8000_0000;
/** A length byte of 255 adds 255 bytes: no block can grow more. */
const EXPANSION_MAX = 255;

// Loaded when first needed: an app without LZ4 neither waits for native code nor fails where there is none.
let library: typeof import("lz4-napi") | undefined;
const lz4 = () => (library ??= createRequire(import.meta.url)("lz4-napi") as typeof import("lz4-napi"));

export function compressLz4(records: Buffer): Buffer {
  return lz4().compressFrameSync(records);
}

export function decompressLz4(packed: Buffer, bytesMax: number): Buffer {
  if (unpackedBytesAtMost(packed) > bytesMax) {
    throw new CorruptRecordsError(`An LZ4 batch may come to more than ${bytesMax} bytes unpacked.`);
  }
  return lz4().decompressFrameSync(packed);
}

/** By the sizes of its blocks alone. Blocks that are not there count nothing: the library reports those. */
function unpackedBytesAtMost(packed: Buffer): number {
  if (packed.length < HEADER_BYTES || packed.readUInt32LE(0) !== MAGIC)
    throw new CorruptRecordsError("Not an LZ4 frame.");
  const flags = packed[4]!;
  const blockBytesMax = 256 << (2 * (packed[5]! >> 4));
  const trailer = (flags & BLOCK_CHECKSUM) === 0 ? 0 : CHECKSUM_BYTES;
  let total = 0;
  let at = HEADER_BYTES + ((flags & CONTENT_SIZE) === 0 ? 0 : CONTENT_SIZE_BYTES);
  while (at + SIZE_BYTES <= packed.length) {
    const size = packed.readUInt32LE(at);
    if (size === 0) break;
    const bytes = size & ~STORED;
    total += size >= STORED ? bytes : Math.min(blockBytesMax, bytes * EXPANSION_MAX);
    at += SIZE_BYTES + bytes + trailer;
  }
  return total;
}
