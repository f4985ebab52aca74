import type { TopicPartition } from "@millrace/kafka-client";
import { taskIdText, type TaskId } from "../model/index.js";
import type { WorkerPlan } from "./worker-plan.js";

/** A task given to the worker, with the partitions it is given. */
export interface TaskShare {
  readonly name: string;
  readonly id: TaskId;
  readonly partitions: readonly TopicPartition[];
}

/** Tasks the group has given to a worker and that it has not opened yet: another worker of the process may still have them. */
export class UnopenedTasks {
  readonly #plan: WorkerPlan;
  readonly #shares = new Map<string, TaskShare>();

  constructor(plan: WorkerPlan) {
    this.#plan = plan;
  }

  /** In the order of their names. */
  get shares(): readonly TaskShare[] {
    return [...this.#shares.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  get names(): readonly string[] {
    return this.shares.map(({ name }) => name);
  }

  get size(): number {
    return this.#shares.size;
  }

  /** Partitions of no task are left out. Returns those that belong to one. */
  add(partitions: readonly TopicPartition[]): readonly TopicPartition[] {
    const taken: TopicPartition[] = [];
    for (const partition of partitions) {
      const id = this.#plan.taskOf(partition);
      if (id === undefined) continue;
      const name = taskIdText(id);
      const others = this.#shares.get(name)?.partitions ?? [];
      this.#shares.set(name, { name, id, partitions: [...others, partition] });
      taken.push(partition);
    }
    return taken;
  }

  opened(name: string): void {
    this.#shares.delete(name);
  }

  /** The group has taken these partitions away. */
  forget(partitions: readonly TopicPartition[]): void {
    for (const [name, share] of this.#shares) {
      const left = share.partitions.filter((partition) => !partitions.includes(partition));
      if (left.length === 0) this.#shares.delete(name);
      else this.#shares.set(name, { ...share, partitions: left });
    }
  }
}
