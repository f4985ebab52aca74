import { RetriableError, type GroupConsumer, type StreamsAdmin } from "@millrace/kafka-client";
import { Deferred } from "@millrace/kernel";
import type { TaskManager } from "./task-manager.js";

/** Tells who waits for it when a worker has read its topics to their ends and committed that. */
export class CaughtUpWatch {
  readonly #tasks: TaskManager;
  readonly #consumer: GroupConsumer;
  readonly #admin: StreamsAdmin;
  #waiting: Deferred<void>[] = [];

  constructor(tasks: TaskManager, consumer: GroupConsumer, admin: StreamsAdmin) {
    this.#tasks = tasks;
    this.#consumer = consumer;
    this.#admin = admin;
  }

  /** True when somebody waits. */
  get wanted(): boolean {
    return this.#waiting.length > 0;
  }

  wait(): Promise<void> {
    const waiting = new Deferred<void>();
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  /** Those who wait are told that it will not come. */
  fail(error: unknown): void {
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
  }

  /** Nothing more is processed. */
  close(): void {
    this.fail(new RetriableError("The app was closed before it had caught up. Start it again and ask again."));
  }

  /**
   * Call it when nothing was left to process. Commits first: what the commit flushes into a repartition topic is
   * still to be read then.
   */
  async check(commit: () => Promise<void>): Promise<void> {
    const waiting = this.#waiting.length;
    if (waiting === 0 || this.#tasks.tasks.some((task) => task.core.bufferedRecords() > 0)) return;
    if (this.#tasks.tasks.some((task) => task.core.commitNeeded)) return commit();
    const partitions = this.#tasks.tasks.flatMap((task) => task.partitions);
    const ends = await this.#admin.listOffsets(partitions, "latest", "read_uncommitted");
    if (partitions.some((partition) => this.#consumer.position(partition) < (ends.get(partition) ?? 0))) return;
    for (const done of this.#waiting.splice(0, waiting)) done.resolve();
  }
}
