import type { Headers } from "../model/index.js";

/** A record as a topology sent it: bytes, before any serde. */
export interface SentRecord {
  /** Real name. */
  readonly topic: string;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly timestamp: number;
  readonly headers: Headers;
}
