import type { OffsetAndMetadata } from "../../port/consumer.js";
import type { TopicPartition, TpMap } from "../../port/topic-partition.js";

/** The committed offsets of one group, and those of transactions that have not ended yet. */
export class GroupOffsets {
  readonly #committed = new Map<TopicPartition, OffsetAndMetadata>();
  readonly #pending = new Map<number, Map<TopicPartition, OffsetAndMetadata>>();
  readonly #listeners = new Set<() => void>();

  get(partition: TopicPartition): OffsetAndMetadata | undefined {
    return this.#committed.get(partition);
  }

  all(): TpMap<OffsetAndMetadata> {
    return new Map(this.#committed);
  }

  set(offsets: Iterable<readonly [TopicPartition, OffsetAndMetadata]>): void {
    for (const [partition, offset] of offsets) this.#committed.set(partition, offset);
  }

  delete(partition: TopicPartition): void {
    this.#committed.delete(partition);
  }

  /** Adds to what the transaction of `producerId` will commit. */
  setPending(producerId: number, offsets: TpMap<OffsetAndMetadata>): void {
    let pending = this.#pending.get(producerId);
    if (pending === undefined) this.#pending.set(producerId, (pending = new Map()));
    for (const [partition, offset] of offsets) pending.set(partition, offset);
  }

  pendingOf(producerId: number): TpMap<OffsetAndMetadata> {
    return this.#pending.get(producerId) ?? new Map();
  }

  /** The transaction of `producerId` has ended: its offsets count now, or never. */
  endPending(producerId: number, commit: boolean): void {
    const pending = this.#pending.get(producerId);
    if (pending === undefined) return;
    this.#pending.delete(producerId);
    if (commit) this.set(pending);
    for (const listener of this.#listeners) listener();
  }

  /** True while a transaction that has not ended holds an offset of `partition`. */
  isPending(partition: TopicPartition): boolean {
    for (const pending of this.#pending.values()) if (pending.has(partition)) return true;
    return false;
  }

  /** Calls `listener` whenever a transaction with offsets of this group has ended. Returns how to stop that. */
  onStable(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
