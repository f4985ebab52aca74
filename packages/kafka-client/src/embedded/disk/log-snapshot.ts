import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { crc32c } from "../../protocol/index.js";
import type { TransactionIndexState } from "../log/transaction-index.js";
import type { SegmentSummary } from "./segment.js";

/**
 * A segment, and the transactions its partition knew at its end. Sequences of producers are not kept: producers end with
 * their process, and nobody else may write.
 */
export interface LogSnapshot {
  readonly segment: SegmentSummary;
  /** Offset after the segment: of the next one, when there is one. */
  readonly endOffset: number;
  readonly transactions: TransactionIndexState;
}

/** The snapshot's file beside its segment's. */
export const snapshotPath = (segmentPath: string): string => segmentPath.replace(/\.[a-z]+$/, ".snapshot");

export function writeSnapshot(segmentPath: string, snapshot: LogSnapshot): void {
  const path = snapshotPath(segmentPath);
  const json = Buffer.from(JSON.stringify(snapshot));
  writeFileSync(`${path}.new`, `${crc32c(json, 0, json.length)}\n${json.toString()}`);
  renameSync(`${path}.new`, path);
}

/** Null when there is none, or it is damaged: the segment must be read instead. */
export function readSnapshot(segmentPath: string): LogSnapshot | null {
  let text: string;
  try {
    text = readFileSync(snapshotPath(segmentPath), "utf8");
  } catch {
    return null;
  }
  const line = text.indexOf("\n");
  const json = Buffer.from(text.slice(line + 1));
  if (line < 0 || Number(text.slice(0, line)) !== crc32c(json, 0, json.length)) return null;
  return JSON.parse(json.toString()) as LogSnapshot;
}

export function removeSnapshot(segmentPath: string): void {
  rmSync(snapshotPath(segmentPath), { force: true });
}
