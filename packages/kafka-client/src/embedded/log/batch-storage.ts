import type { RecordBatch } from "../../protocol/index.js";

/** The unit retention drops: a batch in memory, a segment file on disk. */
export interface OldestPart {
  readonly lastOffset: number;
  readonly maxTimestamp: number;
  readonly bytes: number;
}

/** New contents for the front of a partition, gathered bit by bit; nothing changes before `commit`. */
export interface Replacement {
  add(batch: RecordBatch): void;
  /** Puts the added batches, atomically, in the place of everything before the offset the replacement was made for. */
  commit(): void;
  discard(): void;
}

/** Keeps the batches of one partition in offset order. Knows nothing of transactions or readers. */
export interface BatchStorage {
  /** Bytes kept now. */
  readonly bytes: number;
  /** True when batches are read back from outside and must carry their checksum. */
  readonly checksums: boolean;
  /** Size in bytes at which a new part is begun, where parts hold many batches. */
  segmentBytes: number;
  /** Adds a placed batch at the end. */
  append(batch: RecordBatch): void;
  /**
   * Batches holding offsets in `[from, to)`, in order, about `maxBytes` of them but at least one. The first one may
   * start before `from`. Empty only when there is none at all.
   */
  read(from: number, to: number, maxBytes: number): readonly RecordBatch[];
  /** The part retention may drop next; undefined when nothing is kept. */
  oldest(): OldestPart | undefined;
  /** Drops whole parts that hold nothing at or after `offset`. */
  dropBefore(offset: number): void;
  /** The greatest offset up to `limit` before which contents can be replaced. */
  replaceableBefore(limit: number): number;
  /** Starts a replacement of everything before `offset`, which {@link replaceableBefore} gave. */
  replaceBefore(offset: number): Replacement;
  /** Forces what was written to the device. Nothing to do in memory. */
  sync(): void;
  close(): void;
  /** Closes, and removes every trace. */
  destroy(): void;
}
