/** What users may pass as key, value or header value: bytes, text (as UTF-8), or null. */
export type BytesLike = Uint8Array | string | null | undefined;

/** The bytes of `input`; null for null and undefined. */
export function toBytes(input: BytesLike): Uint8Array | null {
  if (input === null || input === undefined) return null;
  return typeof input === "string" ? Buffer.from(input) : input;
}
