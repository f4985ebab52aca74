import { mkdirSync, renameSync, rmSync } from "node:fs";
import { FatalClientError } from "../../port/errors.js";
import type { RecordBatch } from "../../protocol/index.js";
import type { BatchStorage, OldestPart, Replacement } from "../log/batch-storage.js";
import type { TransactionIndex } from "../log/transaction-index.js";
import { readSnapshot, removeSnapshot, writeSnapshot } from "./log-snapshot.js";
import { Segment } from "./segment.js";

/** What the storage of a partition is opened with. */
export interface DiskStorageParts {
  readonly dir: string;
  /** Force full segments to the device. */
  readonly fsync: boolean;
  /** In order; the last one is written to. */
  readonly segments: Segment[];
  readonly nextOffset: number;
  readonly transactions: TransactionIndex;
}

/** Batches in segment files of a directory. Memory holds only a sparse index. */
export class DiskStorage implements BatchStorage {
  readonly checksums = true;
  /** Size at which a new segment is begun; from the topic's `segment.bytes`. */
  segmentBytes = Infinity;
  /** Written since the last sync. */
  dirty = false;
  readonly #dir: string;
  readonly #fsync: boolean;
  #segments: Segment[];
  #nextOffset: number;
  readonly #transactions: TransactionIndex;
  #reading: Segment | null = null;
  #closed = false;

  constructor(parts: DiskStorageParts) {
    this.#dir = parts.dir;
    this.#fsync = parts.fsync;
    this.#segments = parts.segments;
    this.#nextOffset = parts.nextOffset;
    this.#transactions = parts.transactions;
    if (this.#segments.length === 0) {
      mkdirSync(this.#dir, { recursive: true });
      this.#segments.push(new Segment(this.#dir, this.#nextOffset));
    }
  }

  get bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  append(batch: RecordBatch): void {
    if (this.#closed) throw new FatalClientError("This cluster is closed. Open its directory again to go on writing.");
    const active = this.#active();
    if (active.bytes > 0 && active.bytes + batch.end - batch.start > this.segmentBytes) this.#roll();
    this.#active().append(batch);
    this.#nextOffset = batch.lastOffset + 1;
    this.dirty = true;
  }

  read(from: number, to: number, maxBytes: number): readonly RecordBatch[] {
    for (let index = this.#indexHolding(from); index < this.#segments.length; index++) {
      const segment = this.#segments[index]!;
      if (segment.baseOffset >= to) break;
      this.#useHandle(segment);
      const batches = segment.read(from, to, maxBytes);
      if (batches.length > 0) return batches;
    }
    return [];
  }

  oldest(): OldestPart | undefined {
    const [first, second] = this.#segments;
    if (first === undefined || (first.bytes === 0 && second === undefined)) return undefined;
    const lastOffset = second === undefined ? first.lastOffset : second.baseOffset - 1;
    return { lastOffset, maxTimestamp: first.maxTimestamp, bytes: first.bytes };
  }

  dropBefore(offset: number): void {
    if (this.#active().bytes > 0 && this.#active().lastOffset < offset) this.#roll();
    while (this.#segments.length > 1 && this.#segments[1]!.baseOffset <= offset)
      this.#removeSegment(this.#segments.shift()!);
  }

  replaceableBefore(limit: number): number {
    if (limit >= this.#nextOffset && this.#active().bytes > 0) this.#roll();
    return this.#segments[this.#indexHolding(limit)]!.baseOffset;
  }

  replaceBefore(offset: number): Replacement {
    const fresh = new Segment(this.#dir, this.#segments[0]!.baseOffset, ".compacted");
    fresh.create();
    return {
      add: (batch) => fresh.append(batch),
      commit: () => this.#replace(fresh, offset),
      discard: () => fresh.remove(),
    };
  }

  sync(): void {
    if (!this.dirty) return;
    this.#active().sync();
    this.dirty = false;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#active().sync();
    this.#snapshot(this.#active());
    for (const segment of this.#segments) segment.close();
  }

  destroy(): void {
    this.#closed = true;
    for (const segment of this.#segments) segment.close();
    this.dirty = false;
    rmSync(this.#dir, { recursive: true, force: true });
  }

  #active(): Segment {
    return this.#segments[this.#segments.length - 1]!;
  }

  #roll(): void {
    const full = this.#active();
    if (this.#fsync) full.sync();
    this.#snapshot(full);
    full.close();
    this.#segments.push(new Segment(this.#dir, this.#nextOffset));
  }

  /** So that opening need not read the segment. */
  #snapshot(segment: Segment): void {
    const endOffset = this.#nextOffset;
    const transactions = this.#transactions.state();
    writeSnapshot(segment.path, { segment: segment.summary(), endOffset, transactions });
  }

  /** In an order that leaves a whole log after a crash at any step; opening removes segments that were replaced. */
  #replace(fresh: Segment, offset: number): void {
    const replaced = this.#segments.filter((segment) => segment.baseOffset < offset);
    const first = replaced[0];
    if (first === undefined || first.baseOffset !== fresh.baseOffset) return fresh.remove();
    const last = readSnapshot(replaced[replaced.length - 1]!.path);
    fresh.sync();
    fresh.close();
    removeSnapshot(first.path);
    first.close();
    renameSync(fresh.path, first.path);
    for (const segment of replaced.slice(1)) this.#removeSegment(segment);
    const compacted = new Segment(this.#dir, fresh.baseOffset);
    compacted.restore(fresh.summary());
    this.#segments = [compacted, ...this.#segments.filter((segment) => segment.baseOffset >= offset)];
    if (last !== null) writeSnapshot(compacted.path, { ...last, segment: compacted.summary() });
  }

  #removeSegment(segment: Segment): void {
    if (this.#reading === segment) this.#reading = null;
    removeSnapshot(segment.path);
    segment.remove();
  }

  /** The last segment that begins at or before `offset`. */
  #indexHolding(offset: number): number {
    let index = this.#segments.length - 1;
    while (index > 0 && this.#segments[index]!.baseOffset > offset) index--;
    return index;
  }

  /** Besides the active segment's, one file handle a partition is kept. */
  #useHandle(segment: Segment): void {
    if (segment === this.#active() || segment === this.#reading) return;
    if (this.#reading !== null && this.#reading !== this.#active()) this.#reading.close();
    this.#reading = segment;
  }
}
