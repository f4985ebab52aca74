import { gunzipSync, gzipSync } from "node:zlib";
import { MillraceError } from "@millrace/kernel";
import type { Codec } from "../port/client.js";

/** A codec that this build cannot read or write. Choose another `compression`, or none. */
export class UnsupportedCodecError extends MillraceError {
  readonly code = "MILLRACE_UNSUPPORTED_CODEC";
  constructor(codec: string) {
    super(`Compression "${codec}" is not available here. Use one of: ${[...supportedCodecs].join(", ")}.`);
  }
}

/** The codecs {@link compress} and {@link decompress} know. */
export const supportedCodecs: ReadonlySet<Codec> = new Set<Codec>(["none", "gzip"]);

/** Kafka's numbers: a codec's index is its value in the low three bits of a batch's attributes. */
const byAttribute: readonly Codec[] = ["none", "gzip", "snappy", "lz4", "zstd"];

/** The number of `codec` in a batch's attributes. Throws {@link UnsupportedCodecError}. */
export function codecAttribute(codec: Codec): number {
  if (!supportedCodecs.has(codec)) throw new UnsupportedCodecError(codec);
  return byAttribute.indexOf(codec);
}

/** Compresses the records of a batch by the codec with that attribute number. */
export function compress(attribute: number, records: Uint8Array): Uint8Array {
  if (attribute === 1) return gzipSync(records, { level: 4 });
  throw new UnsupportedCodecError(byAttribute[attribute] ?? String(attribute));
}

/** Undoes {@link compress}. */
export function decompress(attribute: number, records: Uint8Array): Uint8Array {
  if (attribute === 1) return gunzipSync(records);
  throw new UnsupportedCodecError(byAttribute[attribute] ?? String(attribute));
}
