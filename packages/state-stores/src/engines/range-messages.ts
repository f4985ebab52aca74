/** What the reader asks of the range worker; one answer to each but `close` and `release`. */
export type RangeRequest =
  | {
      readonly kind: "open";
      readonly id: number;
      readonly location: string;
      readonly gte: string;
      readonly lt: string;
      readonly reverse: boolean;
      readonly prefixLength: number;
      readonly limit: number;
    }
  | { readonly kind: "next"; readonly id: number; readonly limit: number }
  | { readonly kind: "close"; readonly id: number }
  | { readonly kind: "release"; readonly location: string };

/** Rows as bytes, or why there are none. */
export type RangeReply =
  | { readonly bytes: ArrayBuffer; readonly count: number; readonly done: boolean }
  | { readonly message: string; readonly code: string | null };
