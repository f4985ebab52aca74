import type { FetchedPartition } from "@millrace/kafka-client";
import type { Scheduler } from "@millrace/kernel";
import type { RestoreChangelog } from "./restore-changelog.js";

/** What applying changelog records needs, and whom it tells. */
export interface ChangelogRowsOptions {
  readonly scheduler: Scheduler;
  /** False: the restore was given up meanwhile. */
  readonly wanted: (restore: RestoreChangelog) => boolean;
  /** `rows` were written, up to the restore's position. */
  readonly onWritten: (restore: RestoreChangelog, rows: number) => void;
}

/** More are not written at once: other work gets its turn. */
const ROWS_MAX = 64_000;
export const ROW_BYTES_MAX = 8 * 1024 * 1024;

/**
 * Adds the rows of a fetched batch to those to be written, up to the restore's end, and writes them unless they are fewer
 * than `gatherBytes` and others follow. The next rows are decoded while the last ones are written, and the last batch may
 * still be on its way when it is done (`RestoreChangelog.settled` waits for it). Gives false when the stored rows are too
 * old to be built upon.
 */
export async function applyRows(
  restore: RestoreChangelog,
  batch: FetchedPartition,
  gatherBytes: number,
  options: ChangelogRowsOptions,
): Promise<boolean> {
  const { records } = batch;
  const { changelog, endOffset } = restore;
  while (records.next() && records.offset < endOffset) {
    if (restore.stale) return false;
    changelog.addRow(records, restore.rows);
    restore.readOffset = records.offset + 1;
    if (restore.rows.size < ROWS_MAX && restore.rows.bytes < ROW_BYTES_MAX) continue;
    await writeRows(restore, options);
    await options.scheduler.yield();
    if (!options.wanted(restore)) return true;
  }
  restore.readOffset = Math.min(batch.nextOffset, endOffset);
  if (restore.rows.bytes >= gatherBytes || restore.readOffset >= endOffset) await writeRows(restore, options);
  return true;
}

/** Writes the rows that were read. Waits for the batch before, not for this one: two at most are in memory. */
export async function writeRows(restore: RestoreChangelog, options: ChangelogRowsOptions): Promise<void> {
  if (restore.readOffset <= restore.position) return;
  await restore.settled();
  if (!options.wanted(restore)) return;
  const { rows, readOffset, changelog, key } = restore;
  restore.rows = rows.next();
  restore.position = readOffset;
  restore.restoredTotal += rows.size;
  restore.writing = restore.state.restore(changelog.store, rows, key, readOffset).catch((error: unknown) => {
    restore.failure = { error };
  });
  if (rows.size > 0) options.onWritten(restore, rows.size);
}
