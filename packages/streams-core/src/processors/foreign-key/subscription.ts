/** What the right side is to do with a subscription (J13); the numbers are those Kafka Streams writes. */
export const instruction = {
  /** Forget it, silently. */
  forget: 0,
  /** Forget it, and answer that there is no row. */
  forgetAndAnswer: 1,
  /** Keep it, and answer with the row or that there is none. */
  answerAlways: 2,
  /** Keep it, and answer if there is a row. */
  answerWithRow: 3,
} as const;

export type Instruction = (typeof instruction)[keyof typeof instruction];

/** A left row's wish to hear of the right row it refers to. */
export interface Subscription {
  /** Of the left row's value; null for a deleted row. */
  readonly hash: Uint8Array | null;
  readonly instruction: Instruction;
  /** As bytes: the right side only hands it back. */
  readonly primaryKey: Uint8Array;
  /** Where the answer goes; null in what Kafka Streams before 3.4 wrote, then by the key. */
  readonly primaryPartition: number | null;
}

/** What a left row hears of the right row it refers to. */
export interface SubscriptionResponse<R> {
  /** That of the subscription. */
  readonly hash: Uint8Array | null;
  /** Null: there is no row. */
  readonly value: R | null;
  /** Not written: the partition of the response topic, null for that of the key. */
  readonly primaryPartition: number | null;
}

/** Whether two hashes are of the same value; null is that of none. */
export function sameBytes(left: Uint8Array | null, right: Uint8Array | null): boolean {
  if (left === null || right === null) return left === right;
  if (left.length !== right.length) return false;
  for (let at = 0; at < left.length; at++) if (left[at] !== right[at]) return false;
  return true;
}
