import type { FetchedPartition } from "@millrace/kafka-client";
import type { Scheduler } from "@millrace/kernel";
import type { RestoredRow } from "@millrace/state-stores";
import type { RestoreChangelog } from "./restore-changelog.js";

/** What applying changelog records needs, and whom it tells. */
export interface ChangelogRowsOptions {
  readonly scheduler: Scheduler;
  /** False: the restore was given up meanwhile. */
  readonly wanted: (restore: RestoreChangelog) => boolean;
  /** `rows` were written, up to the restore's position. */
  readonly onWritten: (restore: RestoreChangelog, rows: number) => void;
}

const ROWS_PER_BATCH = 4_000;
/** Rows decoded before other work gets its turn. */
const ROWS_PER_TURN = 16_000;

/**
 * Writes the rows of a fetched batch to the restore's store, up to its end: the next rows are decoded while the last ones
 * are written, and the last batch may still be on its way when it is done (`RestoreChangelog.settled` waits for it).
 * Gives false when the stored rows are too old to be built upon.
 */
export async function applyRows(
  restore: RestoreChangelog,
  batch: FetchedPartition,
  options: ChangelogRowsOptions,
): Promise<boolean> {
  const { records } = batch;
  const { changelog, endOffset } = restore;
  let rows: RestoredRow[] = [];
  let turnRows = 0;
  while (records.next() && records.offset < endOffset) {
    if (restore.stale) return false;
    const row = changelog.toRow(records);
    if (row !== null) rows.push(row);
    if (rows.length < ROWS_PER_BATCH) continue;
    turnRows += rows.length;
    await write(restore, rows, records.offset + 1, options);
    rows = [];
    if (turnRows < ROWS_PER_TURN) continue;
    turnRows = 0;
    await options.scheduler.yield();
    if (!options.wanted(restore)) return true;
  }
  await write(restore, rows, Math.min(batch.nextOffset, endOffset), options);
  return true;
}

/** Waits for the batch before, not for this one: two at most are in memory. */
async function write(
  restore: RestoreChangelog,
  rows: readonly RestoredRow[],
  offset: number,
  { onWritten }: ChangelogRowsOptions,
): Promise<void> {
  if (rows.length === 0 && offset <= restore.position) return;
  await restore.settled();
  restore.position = offset;
  restore.restoredTotal += rows.length;
  restore.writing = restore.state
    .restore(restore.changelog.store, rows, restore.key, offset)
    .catch((error: unknown) => {
      restore.failure = { error };
    });
  if (rows.length > 0) onWritten(restore, rows.length);
}
