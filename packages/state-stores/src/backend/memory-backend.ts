import { type Environment, systemEnvironment } from "@millrace/kernel";

import type { StateBackend, TaskState } from "../contract/index.js";
import { MemoryTables, MemoryTaskState } from "../memory/memory-task-state.js";
import { TaskRegistry } from "./task-registry.js";

export interface MemoryBackendOptions {
  /** Names the instance and counts leaked iterators. Default: the real world. */
  readonly environment?: Environment;
}

class MemoryBackend implements StateBackend {
  readonly engine = "memory";
  readonly instanceId: string;
  readonly #registry: TaskRegistry;
  /** Nobody who chooses keys can know which of them collide. */
  readonly #hashSeed: number;
  readonly #tables = new Map<string, MemoryTables>();

  constructor(environment: Environment) {
    this.instanceId = environment.randomness.uuid();
    this.#hashSeed = environment.randomness.uint32();
    this.#registry = new TaskRegistry(environment);
  }

  open(taskId: string): Promise<TaskState> {
    return this.#registry.open(taskId, () => {
      const tables = this.#tables.get(taskId) ?? new MemoryTables(this.#hashSeed);
      this.#tables.set(taskId, tables);
      return Promise.resolve(new MemoryTaskState(taskId, tables, this.#registry));
    });
  }

  async tasks(): Promise<readonly string[]> {
    this.#registry.assertOpen();
    return [...this.#tables.keys()].sort();
  }

  async remove(taskId: string): Promise<void> {
    await this.#registry.remove(taskId, () => {
      this.#tables.delete(taskId);
      return Promise.resolve();
    });
  }

  async close(): Promise<void> {
    await this.#registry.closeAll();
    this.#tables.clear();
  }
}

/**
 * State on the heap. A task closed and opened again on the same backend finds what it had committed, until it is
 * removed; closing the backend forgets everything.
 */
export const memoryBackend = async (options: MemoryBackendOptions = {}): Promise<StateBackend> =>
  new MemoryBackend(options.environment ?? systemEnvironment());
