import { CorruptRecordsError } from "../../port/errors.js";

const MAGIC = 0xfd2fb528;
const BLOCK_BYTES_MAX = 128 * 1024;
const BLOCK_HEADER_BYTES = 3;
const WINDOW_DESCRIPTOR_AT = 5;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4];
const CONTENT_SIZE_BYTES = [0, 2, 4, 8];
const RLE = 1;
const COMPRESSED = 2;

/**
 * What a zstd frame comes to at the most, unpacked: the content size it states, else the sum over its blocks (RFC 8878,
 * 3.1.1). Throws {@link CorruptRecordsError} where it is no frame, or is cut off.
 */
export function zstdBytesAtMost(packed: Buffer): number {
  try {
    if (packed.readUInt32LE(0) !== MAGIC) throw new CorruptRecordsError("Not a zstd frame.");
    const descriptor = packed[4]!;
    const isSingleSegment = (descriptor & 0x20) !== 0;
    const sizeFlag = descriptor >> 6;
    const sizeAt = WINDOW_DESCRIPTOR_AT + (isSingleSegment ? 0 : 1) + DICTIONARY_ID_BYTES[descriptor & 3]!;
    const sizeBytes = sizeFlag === 0 && isSingleSegment ? 1 : CONTENT_SIZE_BYTES[sizeFlag]!;
    return sizeBytes === 0 ? sumOfBlocks(packed, sizeAt) : contentSize(packed, sizeAt, sizeBytes);
  } catch (error) {
    if (error instanceof RangeError) throw new CorruptRecordsError("A zstd frame is cut off.", { cause: error });
    throw error;
  }
}

function contentSize(packed: Buffer, at: number, bytes: number): number {
  if (bytes === 8) return packed.readUInt32LE(at) + packed.readUInt32LE(at + 4) * 2 ** 32;
  return packed.readUIntLE(at, bytes) + (bytes === 2 ? 256 : 0);
}

function sumOfBlocks(packed: Buffer, first: number): number {
  let total = 0;
  for (let at = first; ;) {
    const header = packed.readUIntLE(at, BLOCK_HEADER_BYTES);
    const type = (header >> 1) & 3;
    const size = header >> 3;
    total += type === COMPRESSED ? BLOCK_BYTES_MAX : size;
    if ((header & 1) !== 0) return total;
    at += BLOCK_HEADER_BYTES + (type === RLE ? 1 : size);
  }
}
