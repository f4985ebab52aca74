import { gunzipSync, gzipSync } from "node:zlib";
import { MillraceError } from "@millrace/kernel";
import type { Codec } from "../../port/client.js";
import { CorruptRecordsError } from "../../port/errors.js";
import { compressLz4, decompressLz4 } from "./lz4.js";
import { compressSnappy, decompressSnappy } from "./snappy.js";
import { compressZstd, decompressZstd } from "./zstd.js";

/** A number in a batch's attributes that stands for no codec. */
export class UnsupportedCodecError extends MillraceError {
  readonly code = "MILLRACE_UNSUPPORTED_CODEC";
  constructor(codec: string) {
    super(`Compression "${codec}" is not available here. Use one of: ${[...supportedCodecs].join(", ")}.`);
  }
}

/** Kafka's numbers: a codec's index is its value in the low three bits of a batch's attributes. */
const byAttribute: readonly Codec[] = ["none", "gzip", "snappy", "lz4", "zstd"];

/** The codecs {@link compress} and {@link decompress} know. */
export const supportedCodecs: ReadonlySet<Codec> = new Set<Codec>(byAttribute);

/**
 * What the records of one batch may come to, unpacked: a few corrupt bytes may claim any length, and the fetch limits
 * the packed form only.
 */
export const UNPACKED_BYTES_MAX = 256 * 1024 * 1024;

// Java's producer takes 6; 4 is what the log here has always used: nearly as small in half the time.
const GZIP_LEVEL = 4;

/** The number of `codec` in a batch's attributes. Throws {@link UnsupportedCodecError}. */
export function codecAttribute(codec: Codec): number {
  const attribute = byAttribute.indexOf(codec);
  if (attribute < 0) throw new UnsupportedCodecError(codec);
  return attribute;
}

/** Compresses the records of a batch by the codec with that attribute number, framed as Kafka's clients expect it. */
export function compress(attribute: number, records: Uint8Array): Uint8Array {
  switch (byAttribute[attribute]) {
    case "gzip":
      return gzipSync(records, { level: GZIP_LEVEL });
    case "snappy":
      return compressSnappy(asBuffer(records));
    case "lz4":
      return compressLz4(asBuffer(records));
    case "zstd":
      return compressZstd(asBuffer(records));
    default:
      throw new UnsupportedCodecError(String(attribute));
  }
}

/**
 * Undoes {@link compress}, for batches of other clients as well. Throws {@link CorruptRecordsError} where the bytes are
 * not what the codec writes, or come to more than `bytesMax` unpacked: nothing of that size is allocated.
 */
export function decompress(attribute: number, records: Uint8Array, bytesMax: number = UNPACKED_BYTES_MAX): Uint8Array {
  const codec = byAttribute[attribute];
  try {
    switch (codec) {
      case "gzip":
        return gunzipSync(records, { maxOutputLength: bytesMax });
      case "snappy":
        return decompressSnappy(asBuffer(records), bytesMax);
      case "lz4":
        return decompressLz4(asBuffer(records), bytesMax);
      case "zstd":
        return decompressZstd(asBuffer(records), bytesMax);
    }
  } catch (error) {
    if (error instanceof MillraceError) throw error;
    throw new CorruptRecordsError(`A batch compressed by ${codec} cannot be unpacked: ${String(error)}.`, {
      cause: error,
    });
  }
  throw new UnsupportedCodecError(String(attribute));
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
