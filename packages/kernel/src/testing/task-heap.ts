/** A callback waiting for its time. */
export interface ScheduledTask {
  readonly dueMs: number;
  /** Order of insertion. */
  readonly sequence: number;
  cancelled: boolean;
  readonly run: () => void;
}

function isBefore(a: ScheduledTask, b: ScheduledTask): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.sequence < b.sequence);
}

/** Binary heap of tasks in (time, insertion) order. */
export class TaskHeap {
  readonly #tasks: ScheduledTask[] = [];

  get size(): number {
    return this.#tasks.length;
  }

  peek(): ScheduledTask | undefined {
    return this.#tasks[0];
  }

  push(task: ScheduledTask): void {
    const tasks = this.#tasks;
    let at = tasks.push(task) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(task, tasks[parent]!)) break;
      tasks[at] = tasks[parent]!;
      at = parent;
    }
    tasks[at] = task;
  }

  pop(): ScheduledTask | undefined {
    const tasks = this.#tasks;
    const first = tasks[0];
    const last = tasks.pop();
    if (first === undefined || last === undefined || tasks.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= tasks.length) break;
      if (child + 1 < tasks.length && isBefore(tasks[child + 1]!, tasks[child]!)) child++;
      if (!isBefore(tasks[child]!, last)) break;
      tasks[at] = tasks[child]!;
      at = child;
    }
    tasks[at] = last;
    return first;
  }
}
