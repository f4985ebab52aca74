import { compress, uncompress } from "snappyjs";
import { CorruptRecordsError } from "../../port/errors.js";

/**
 * Java's clients frame snappy as the xerial library does: a header of magic, version and compatible version, then blocks,
 * each after its length (int32). librdkafka and Go clients write one bare block. Both are read, the first is written.
 */
const MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const HEADER = Buffer.concat([MAGIC, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])]);
const LENGTH_BYTES = 4;
/** As Java cuts them. */
const BLOCK_BYTES = 32 * 1024;
/** A copy of 64 bytes takes 3: what a block can claim at the most. */
const EXPANSION_MAX = 22;

export function compressSnappy(records: Buffer): Buffer {
  const parts: Buffer[] = [HEADER];
  for (let at = 0; at < records.length; at += BLOCK_BYTES) {
    const block = compress(records.subarray(at, at + BLOCK_BYTES));
    const length = Buffer.allocUnsafe(LENGTH_BYTES);
    length.writeInt32BE(block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}

export function decompressSnappy(packed: Buffer, bytesMax: number): Buffer {
  if (!startsWithMagic(packed, 0)) return unpackBlock(packed, bytesMax);
  const blocks: Buffer[] = [];
  let unpackedBytes = 0;
  for (let at = 0; at < packed.length;) {
    if (startsWithMagic(packed, at)) {
      at += HEADER.length;
      continue;
    }
    const start = at + LENGTH_BYTES;
    const length = start <= packed.length ? packed.readInt32BE(at) : -1;
    if (length < 0 || start + length > packed.length)
      throw new CorruptRecordsError("A block of a snappy batch is cut off.");
    const block = unpackBlock(packed.subarray(start, start + length), bytesMax - unpackedBytes);
    unpackedBytes += block.length;
    blocks.push(block);
    at = start + length;
  }
  return Buffer.concat(blocks, unpackedBytes);
}

function unpackBlock(block: Buffer, bytesMax: number): Buffer {
  return uncompress(block, Math.min(bytesMax, block.length * EXPANSION_MAX));
}

function startsWithMagic(packed: Buffer, at: number): boolean {
  return packed.length >= at + HEADER.length && packed.compare(MAGIC, 0, MAGIC.length, at, at + MAGIC.length) === 0;
}
