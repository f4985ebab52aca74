import type { FetchedPartition, RawRecord, TopicPartition } from "@millrace/kafka-client";

/** A record but for its key. */
interface Row {
  readonly offset: number;
  readonly value: string | null;
  readonly timestamp: number;
}

/** Without a value: a deletion. */
export const row = (offset: number, value: string | null, timestamp: number): Row => ({ offset, value, timestamp });

/** A fetched batch of records with key "k". */
export function batch(
  partition: TopicPartition,
  rows: readonly Row[],
  nextOffset = (rows.at(-1)?.offset ?? -1) + 1,
): FetchedPartition {
  let index = -1;
  let buffer = Buffer.alloc(0);
  const now = (): Row => rows[index]!;
  return {
    tp: partition,
    countHint: rows.length,
    nextOffset,
    highWatermark: nextOffset,
    lastStableOffset: nextOffset,
    records: {
      next() {
        index++;
        if (index < rows.length) buffer = Buffer.from(`k${now().value ?? ""}`);
        return index < rows.length;
      },
      get buffer() {
        return buffer;
      },
      keyStart: 0,
      keyEnd: 1,
      get valueStart() {
        return now().value === null ? -1 : 1;
      },
      get valueEnd() {
        return now().value === null ? -1 : buffer.length;
      },
      get timestamp() {
        return now().timestamp;
      },
      get offset() {
        return now().offset;
      },
      headers: () => null,
      record: (): RawRecord => ({
        offset: now().offset,
        timestamp: now().timestamp,
        key: null,
        value: buffer.subarray(1),
        headers: null,
      }),
    },
  };
}
