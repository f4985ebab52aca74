import type { FetchedPartition, GroupConsumer, TopicPartition } from "@millrace/kafka-client";
import type { TaskManager } from "./task-manager.js";

/** Hands batches to tasks, and pauses a partition while more than the allowed number of its records wait (R2). */
export class FlowControl {
  readonly #consumer: GroupConsumer;
  readonly #tasks: TaskManager;
  readonly #bufferedRecordsMax: number;
  readonly #paused = new Set<TopicPartition>();
  readonly #fed = new Set<TopicPartition>();

  constructor(consumer: GroupConsumer, tasks: TaskManager, bufferedRecordsMax: number) {
    this.#consumer = consumer;
    this.#tasks = tasks;
    this.#bufferedRecordsMax = bufferedRecordsMax;
  }

  /** Batches of partitions that have no task here any more are left out: their new owner reads them. */
  feed(batches: readonly FetchedPartition[]): void {
    for (const batch of batches) {
      const task = this.#tasks.ofPartition(batch.tp);
      if (task === undefined) continue;
      task.addRecords(batch);
      this.#fed.add(batch.tp);
    }
  }

  /** Call it after processing. */
  adjust(): void {
    if (this.#fed.size > 0) this.#pauseFull();
    if (this.#paused.size > 0) this.#resumeDrained();
  }

  /** Forgets partitions that have gone, or have been stopped by somebody else. */
  forget(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) {
      this.#paused.delete(partition);
      this.#fed.delete(partition);
    }
  }

  #pauseFull(): void {
    const full = [...this.#fed].filter((partition) => this.#buffered(partition) > this.#bufferedRecordsMax);
    this.#fed.clear();
    if (full.length === 0) return;
    this.#consumer.pause(full);
    for (const partition of full) this.#paused.add(partition);
  }

  #resumeDrained(): void {
    const drained = [...this.#paused].filter((partition) => this.#buffered(partition) <= this.#bufferedRecordsMax);
    if (drained.length === 0) return;
    this.forget(drained);
    const owned = drained.filter((partition) => this.#tasks.ofPartition(partition)?.running === true);
    this.#consumer.resume(owned);
  }

  #buffered(partition: TopicPartition): number {
    return this.#tasks.ofPartition(partition)?.core.bufferedRecords(partition) ?? 0;
  }
}
