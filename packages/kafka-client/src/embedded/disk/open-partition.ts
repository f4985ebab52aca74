import { mkdirSync, readdirSync, readFileSync, statSync, truncateSync } from "node:fs";
import type { Environment } from "@millrace/kernel";
import type { TopicPartition } from "../../port/topic-partition.js";
import { batchLengthAt, readRecordBatch } from "../../protocol/index.js";
import { PartitionLog } from "../log/partition-log.js";
import { TransactionIndex } from "../log/transaction-index.js";
import { DiskStorage } from "./disk-storage.js";
import { readSnapshot, removeSnapshot } from "./log-snapshot.js";
import { Segment } from "./segment.js";

/** Opens a partition's directory: takes snapshots where they hold, reads and verifies the rest, cuts a torn tail off. */
export function openPartitionDirectory(
  partition: TopicPartition,
  dir: string,
  options: { environment: Environment; fsync: boolean },
): PartitionLog {
  const { environment, fsync } = options;
  const recovery = new Recovery(dir, environment);
  for (const baseOffset of segmentOffsets(dir)) recovery.take(baseOffset);
  const { segments, transactions, nextOffset } = recovery;
  const storage = new DiskStorage({ dir, fsync, segments, nextOffset, transactions });
  const startOffset = segments[0]?.baseOffset ?? 0;
  return new PartitionLog(partition, storage, environment.clock, { startOffset, nextOffset, transactions });
}

function segmentOffsets(dir: string): number[] {
  mkdirSync(dir, { recursive: true });
  const names = readdirSync(dir).filter((name) => name.endsWith(".log"));
  return names.map((name) => Number(name.slice(0, -".log".length))).sort((a, b) => a - b);
}

/** Goes through the segments of a partition in order. */
class Recovery {
  readonly segments: Segment[] = [];
  transactions = new TransactionIndex();
  nextOffset = 0;
  readonly #dir: string;
  readonly #environment: Environment;
  #torn = false;

  constructor(dir: string, environment: Environment) {
    this.#dir = dir;
    this.#environment = environment;
  }

  take(baseOffset: number): void {
    const segment = new Segment(this.#dir, baseOffset);
    // Behind a cut nothing is whole any more; and a compacted segment stands for those it replaced.
    if (this.#torn || (this.segments.length > 0 && baseOffset < this.nextOffset)) {
      removeSnapshot(segment.path);
      segment.remove();
      return;
    }
    const bytes = statSync(segment.path).size;
    const snapshot = readSnapshot(segment.path);
    this.nextOffset = Math.max(this.nextOffset, baseOffset);
    if (snapshot !== null && snapshot.segment.bytes <= bytes) {
      segment.restore(snapshot.segment);
      this.transactions = new TransactionIndex();
      this.transactions.restore(snapshot.transactions);
      this.nextOffset = snapshot.endOffset;
    }
    if (segment.bytes < bytes) this.#scan(segment, bytes);
    this.segments.push(segment);
  }

  #scan(segment: Segment, bytes: number): void {
    const contents = readFileSync(segment.path);
    let at = segment.bytes;
    while (at < bytes) {
      const length = batchLengthAt(contents, at, bytes, true);
      if (length < 0) break;
      const batch = readRecordBatch(contents, at);
      if (batch.baseOffset < this.nextOffset) break;
      segment.account(batch);
      this.transactions.stored(batch);
      this.nextOffset = batch.lastOffset + 1;
      at += length;
    }
    if (at < bytes) this.#cut(segment, at, bytes);
  }

  #cut(segment: Segment, at: number, bytes: number): void {
    this.#torn = true;
    truncateSync(segment.path, at);
    this.#environment.logger.warn("A torn write at the end of a log was cut off.", {
      path: segment.path,
      keptBytes: at,
      cutBytes: bytes - at,
    });
  }
}
