import {
  isControl,
  isTransactional,
  markerType,
  type AbortedTransaction,
  type RecordBatch,
} from "../../protocol/index.js";

/** An aborted transaction of one partition: its first record, and its marker. */
export interface AbortedRange extends AbortedTransaction {
  readonly lastOffset: number;
}

/** What a snapshot keeps of the index. */
export interface TransactionIndexState {
  readonly open: readonly [number, number][];
  readonly aborted: readonly AbortedRange[];
}

/** Which transactions are open in a partition, and which were aborted. */
export class TransactionIndex {
  readonly #open = new Map<number, number>();
  #aborted: AbortedRange[] = [];
  #firstOpen = Infinity;

  /** First offset of the earliest open transaction; Infinity when none is open. */
  get firstOpenOffset(): number {
    return this.#firstOpen;
  }

  isOpen(producerId: number): boolean {
    return this.#open.has(producerId);
  }

  openProducers(): readonly number[] {
    return [...this.#open.keys()];
  }

  stored(batch: RecordBatch): void {
    if (!isTransactional(batch)) return;
    if (!isControl(batch)) {
      if (!this.#open.has(batch.producerId)) {
        this.#open.set(batch.producerId, batch.baseOffset);
        if (batch.baseOffset < this.#firstOpen) this.#firstOpen = batch.baseOffset;
      }
      return;
    }
    const firstOffset = this.#open.get(batch.producerId);
    if (firstOffset === undefined) return;
    this.#open.delete(batch.producerId);
    this.#firstOpen = Math.min(Infinity, ...this.#open.values());
    if (markerType(batch) === "abort") {
      this.#aborted.push({ producerId: batch.producerId, firstOffset, lastOffset: batch.lastOffset });
    }
  }

  /** Aborted transactions with something in `[from, to]`, in order of first offset. */
  abortedBetween(from: number, to: number): readonly AbortedTransaction[] {
    const found: AbortedRange[] = [];
    // Ordered by marker: walk back until the markers lie before the range.
    for (let index = this.#aborted.length - 1; index >= 0; index--) {
      const range = this.#aborted[index]!;
      if (range.lastOffset < from) break;
      if (range.firstOffset <= to) found.push(range);
    }
    return found.length < 2 ? found : found.sort((a, b) => a.firstOffset - b.firstOffset);
  }

  /** Forgets aborted transactions that ended before `offset`. */
  forgetBefore(offset: number): void {
    if (this.#aborted.length > 0 && this.#aborted[0]!.lastOffset < offset) {
      this.#aborted = this.#aborted.filter((range) => range.lastOffset >= offset);
    }
  }

  state(): TransactionIndexState {
    return { open: [...this.#open], aborted: this.#aborted };
  }

  restore(state: TransactionIndexState): void {
    for (const [producerId, firstOffset] of state.open) this.#open.set(producerId, firstOffset);
    this.#aborted = [...state.aborted];
    this.#firstOpen = Math.min(Infinity, ...this.#open.values());
  }
}
