import type { FetchedPartition, TopicPartition } from "@millrace/kafka-client";
import { MinHeap } from "./min-heap.js";
import type { PartitionQueue } from "./partition-queue.js";
import type { TaskIdling } from "./task-idling.js";

/** The queues of a task: gives out records by smallest head timestamp (T1). */
export class PartitionGroup {
  private readonly queues = new Map<TopicPartition, PartitionQueue>();
  private readonly ready = new MinHeap<PartitionQueue>();

  register(queue: PartitionQueue): void {
    this.queues.set(queue.tp, queue);
  }

  queue(tp: TopicPartition): PartitionQueue | undefined {
    return this.queues.get(tp);
  }

  all(): IterableIterator<PartitionQueue> {
    return this.queues.values();
  }

  add(queue: PartitionQueue, batch: FetchedPartition): void {
    const wasReady = queue.ready;
    queue.add(batch);
    if (!wasReady && queue.ready) this.ready.offer(queue);
  }

  /** Reads the records that waited for their serdes, again. */
  readUnprepared(): void {
    for (const queue of this.queues.values()) {
      if (!queue.unprepared) continue;
      queue.readUnprepared();
      if (queue.ready) this.ready.offer(queue);
    }
  }

  /** The queue whose record was taken; null when all are empty. */
  take(): PartitionQueue | null {
    const queue = this.ready.poll();
    if (queue === null) return null;
    queue.take();
    if (queue.ready) this.ready.offer(queue);
    return queue;
  }

  /** Queues that have records. */
  get readyCount(): number {
    return this.ready.size;
  }

  /** False when an empty queue must get its records first. */
  mayTake(idling: TaskIdling): boolean {
    if (this.ready.size === 0) return true;
    return idling.mayTake(this.queues.values());
  }

  buffered(): number {
    let total = 0;
    for (const queue of this.queues.values()) total += queue.buffered;
    return total;
  }

  clear(): void {
    for (const queue of this.queues.values()) queue.clear();
    this.ready.clear();
  }
}
