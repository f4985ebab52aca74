import type { StoreKind } from "../model/index.js";
import type { SerdeSlot } from "./serde-slot.js";

/** A store that a plan node keeps, or would keep if something needed it. */
export interface StoreSpec {
  readonly name: string;
  /** Whether the user gave the name. */
  readonly named: boolean;
  readonly kind: StoreKind;
  readonly key: SerdeSlot;
  readonly value: SerdeSlot;
  readonly caching: boolean;
  readonly logging: boolean;
  readonly changelogConfig: Readonly<Record<string, string>>;
  readonly engine: "default" | "memory" | "persistent";
  readonly maxEntries: number | null;
  /** Window and session stores: how long rows are kept (W2). */
  readonly retentionMs?: number;
  /** Versioned stores: span of time whose old versions are dropped together. */
  readonly segmentIntervalMs?: number;
  /** Window stores: the size of their windows. */
  readonly windowSizeMs?: number;
  /** Window stores of stream-stream joins keep every record. */
  readonly retainDuplicates?: boolean;
  /** The changelog's records carry the headers of the record being processed. */
  readonly logHeaders?: boolean;
  /** Unmatched records of a stream-stream join: the right side's values. */
  readonly otherValue?: SerdeSlot;
  /** Kept in a plain store, which has no timestamps. */
  readonly forgetsTimestamps?: boolean;
  /** Rows sorted by time first, for emit on close (W5). */
  readonly timeOrdered?: boolean;
}
