import { markerType } from "./control-batch.js";
import { isControl, isTransactional, type RecordBatch } from "./record-batch.js";

/** An aborted transaction as a fetch response names it: from `firstOffset` until the producer's next abort marker. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

/**
 * The batches that hold records for a reader: control batches are left out, and so are those of the `aborted`
 * transactions (in order of first offset; empty for read_uncommitted). Decided by batch headers and markers alone,
 * never by a record's key; any number of aborted transactions may be open at once (rule 4).
 */
export function readableBatches(
  batches: readonly RecordBatch[],
  aborted: readonly AbortedTransaction[],
): readonly RecordBatch[] {
  const readable: RecordBatch[] = [];
  const open = new Set<number>();
  let opened = 0;
  for (const batch of batches) {
    for (; opened < aborted.length && aborted[opened]!.firstOffset <= batch.lastOffset; opened++) {
      open.add(aborted[opened]!.producerId);
    }
    if (isControl(batch)) {
      if (markerType(batch) === "abort") open.delete(batch.producerId);
    } else if (!(isTransactional(batch) && open.has(batch.producerId))) readable.push(batch);
  }
  return readable;
}
