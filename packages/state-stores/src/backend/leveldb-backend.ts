import { join } from "node:path";

import { type Environment, systemEnvironment } from "@millrace/kernel";

import type { StateBackend, TaskState } from "../contract/index.js";
import { StateDirectory } from "../disk/state-directory.js";
import { removeDirectory } from "../disk/atomic-file.js";
import { LevelEngine } from "../engines/level-engine.js";
import { RangeBridge } from "../engines/range-bridge.js";
import { StateMisuseError } from "../errors.js";
import { LayeredTaskState } from "../task/layered-task-state.js";
import { TaskRegistry } from "./task-registry.js";

export interface LeveldbBackendOptions {
  /** Where to keep state; created when it is not there. One backend at a time uses it. */
  readonly dir: string;
  /** When given, state is in the folder of that name under `dir`, so that apps can share a `dir`. */
  readonly applicationId?: string;
  /** Memory for block caches and write buffers of all tasks together. Default 96 MiB. */
  readonly cacheBytes?: number;
  /** Names the instance, counts leaked iterators, yields during large batches. Default: the real world. */
  readonly environment?: Environment;
}

const MEBIBYTE = 1024 * 1024;
const DEFAULT_CACHE_BYTES = 96 * MEBIBYTE;
/** The budget is shared among at least so many tasks, as the first to open does not know how many follow. */
const FEWEST_SHARES = 4;
const SMALLEST_WRITE_BUFFER_BYTES = MEBIBYTE;
const LARGEST_WRITE_BUFFER_BYTES = 32 * MEBIBYTE;
const APPLICATION_ID = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/;

class LeveldbBackend implements StateBackend {
  readonly engine = "leveldb";
  readonly instanceId: string;
  readonly #directory: StateDirectory;
  readonly #registry: TaskRegistry;
  readonly #bridge = new RangeBridge();
  readonly #environment: Environment;
  readonly #cacheBytes: number;
  #closing: Promise<void> | null = null;

  constructor(directory: StateDirectory, cacheBytes: number, environment: Environment) {
    this.instanceId = directory.instanceId;
    this.#directory = directory;
    this.#cacheBytes = cacheBytes;
    this.#environment = environment;
    this.#registry = new TaskRegistry(environment);
  }

  open(taskId: string): Promise<TaskState> {
    return this.#registry.open(taskId, async () => {
      const shareBytes = this.#cacheBytes / Math.max(FEWEST_SHARES, (await this.tasks()).length + 1);
      const engine = await LevelEngine.open({
        taskId,
        directory: this.#directory.taskPath(taskId),
        blockCacheBytes: Math.floor(shareBytes / 2),
        // LevelDB fills one buffer while it writes out another.
        writeBufferBytes: writeBufferBytes(shareBytes / 4),
        bridge: this.#bridge,
        scheduler: this.#environment.scheduler,
        removeDirectory,
      });
      return new LayeredTaskState(taskId, engine, this.#registry);
    });
  }

  async tasks(): Promise<readonly string[]> {
    this.#registry.assertOpen();
    return this.#directory.tasks();
  }

  async remove(taskId: string): Promise<void> {
    await this.#registry.remove(taskId, () => this.#directory.removeTask(taskId));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      await this.#registry.closeAll();
    } finally {
      await this.#bridge.stop();
      await this.#directory.release();
    }
  }
}

const writeBufferBytes = (wantedBytes: number): number =>
  Math.floor(Math.min(LARGEST_WRITE_BUFFER_BYTES, Math.max(SMALLEST_WRITE_BUFFER_BYTES, wantedBytes)));

/**
 * State on disk, one LevelDB a task, written in atomic batches that survive a killed process. Locks the directory.
 * Throws StateLockedError, StateFormatError, StateOpenError; `open` of a damaged task throws StateCorruptedError, after
 * which `remove` makes room for a fresh one.
 */
export const leveldbBackend = async (options: LeveldbBackendOptions): Promise<StateBackend> => {
  const { dir, applicationId, cacheBytes = DEFAULT_CACHE_BYTES, environment = systemEnvironment() } = options;
  if (applicationId !== undefined && !APPLICATION_ID.test(applicationId)) {
    throw new StateMisuseError(
      `"${applicationId}" cannot name a state directory. Use letters, digits, "_", "-" and "." in the application id.`,
    );
  }
  const path = applicationId === undefined ? dir : join(dir, applicationId);
  const directory = await StateDirectory.open(path, () => environment.randomness.uuid());
  return new LeveldbBackend(directory, cacheBytes, environment);
};
