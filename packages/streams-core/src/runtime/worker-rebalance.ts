import { MemberLostError, type RebalanceListener, type TopicPartition } from "@millrace/kafka-client";
import type { Committer } from "./committer.js";
import type { TaskManager } from "./task-manager.js";
import type { FlowControl } from "./worker-flow-control.js";
import type { WorkerTask } from "./worker-task.js";

export interface WorkerRebalanceOptions {
  readonly tasks: TaskManager;
  readonly committer: Committer;
  readonly flow: FlowControl;
  readonly exactlyOnce: boolean;
  readonly onRebalancing: () => void;
}

/**
 * Moves tasks in and out as the group says. Never throws into the consumer: a failure is kept for the worker, which
 * asks for it after each poll.
 */
export class WorkerRebalance implements RebalanceListener {
  readonly #options: WorkerRebalanceOptions;
  #failure: unknown = null;
  #ignoring = false;
  /** True from when the group has handed out partitions, be it none, until it goes on without this member. */
  assigned = false;

  constructor(options: WorkerRebalanceOptions) {
    this.#options = options;
  }

  /** From now on partitions come and go without tasks: the worker only waits for the group. */
  ignore(): void {
    this.#ignoring = true;
  }

  /** Throws what went wrong in a callback, once. */
  assertSound(): void {
    const failure = this.#failure;
    this.#failure = null;
    if (failure !== null) throw failure;
  }

  async onAssigned(partitions: readonly TopicPartition[]): Promise<void> {
    if (this.#ignoring) return;
    this.assigned = true;
    if (partitions.length === 0) return;
    this.#options.onRebalancing();
    await this.#guard(async () => {
      // A task that gets more partitions, of a topic that is new to a pattern, is made anew.
      const growing = this.#sameTasks(partitions);
      const grown = growing.flatMap((task) => task.partitions);
      if (growing.length > 0) {
        await this.#commit();
        await this.#options.tasks.close(growing);
      }
      await this.#options.tasks.open([...partitions, ...grown]);
    });
  }

  async onRevoked(partitions: readonly TopicPartition[]): Promise<void> {
    if (this.#ignoring) return;
    const { tasks, flow, onRebalancing } = this.#options;
    tasks.forget(partitions);
    const going = tasks.ofPartitions(partitions);
    if (going.length === 0) return;
    onRebalancing();
    await this.#guard(() => this.#commit());
    await this.#guard(async () => {
      const remaining = going.flatMap((task) => task.partitions).filter((partition) => !partitions.includes(partition));
      flow.forget(going.flatMap((task) => task.partitions));
      await tasks.close(going);
      if (remaining.length > 0) await tasks.open(remaining);
    });
  }

  async onLost(partitions: readonly TopicPartition[]): Promise<void> {
    if (this.#ignoring) return;
    const { tasks, committer, flow, exactlyOnce, onRebalancing } = this.#options;
    tasks.forget(partitions);
    const lost = tasks.ofPartitions(partitions);
    this.assigned = false;
    onRebalancing();
    flow.forget(partitions);
    const cause = new MemberLostError("The group has gone on without this member.");
    await this.#guard(async () => {
      tasks.stop(exactlyOnce ? tasks.tasks : lost);
      await committer.rollBack(cause);
    });
    await this.#guard(() => tasks.close(lost));
    // The transaction that was aborted was that of the others, too.
    if (exactlyOnce && tasks.tasks.length > 0) this.#failure ??= cause;
  }

  /** Commits everything, stores included. When that fails, it is undone before anybody else takes over. */
  async #commit(): Promise<void> {
    const { tasks, committer } = this.#options;
    try {
      await committer.commit(tasks.tasks);
      await committer.settled();
    } catch (error) {
      tasks.stop(tasks.tasks);
      await committer.rollBack(error);
      throw error;
    }
  }

  #sameTasks(partitions: readonly TopicPartition[]): readonly WorkerTask[] {
    const { tasks } = this.#options;
    return tasks.tasks.filter((task) => partitions.some((partition) => tasks.owns(task, partition)));
  }

  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#failure ??= error;
    }
  }
}
