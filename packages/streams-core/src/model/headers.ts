import type { RawHeader } from "@millrace/kafka-client";

/** One record header; duplicates are kept, order is kept, null is a value. */
export type Header = RawHeader;

/** Headers of a record, in order. Immutable: change them by making another array. */
export type Headers = readonly Header[];

/** The headers of a record that has none. */
export const noHeaders: Headers = Object.freeze([]);
