import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import { type ExclusiveLock, exclusiveLock } from "../engines/exclusive-lock.js";
import { StateLockedError } from "../errors.js";
import { DOOMED, removeDirectory } from "./atomic-file.js";
import { instanceIdAt } from "./instance-file.js";

/**
 * The files of one app instance, locked while this object lives:
 *
 *     <path>/.lock/           held by the operating system; `owner` in it names the process, for the error of the next
 *     <path>/instance.json    format version and instance id
 *     <path>/tasks/0_3/       the LevelDB of a task
 */
export class StateDirectory {
  /** Absolute. */
  readonly path: string;
  readonly instanceId: string;
  readonly #lock: ExclusiveLock;

  private constructor(path: string, instanceId: string, lock: ExclusiveLock) {
    this.path = path;
    this.instanceId = instanceId;
    this.#lock = lock;
  }

  /** Creates the directory when it is not there. Throws StateLockedError, StateFormatError, StateOpenError. */
  static async open(path: string, makeId: () => string): Promise<StateDirectory> {
    const root = resolve(path);
    await mkdir(join(root, "tasks"), { recursive: true });
    const lock = await lockDirectory(root);
    try {
      const instanceId = await instanceIdAt(join(root, "instance.json"), makeId);
      const directory = new StateDirectory(root, instanceId, lock);
      await directory.#sweep();
      return directory;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** Where the state of a task is, or would be. */
  taskPath(taskId: string): string {
    return join(this.path, "tasks", taskId);
  }

  /** Tasks that have a directory, sorted. */
  async tasks(): Promise<readonly string[]> {
    const entries = await readdir(join(this.path, "tasks"), { withFileTypes: true });
    const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    return names.filter((name) => !name.endsWith(DOOMED)).sort();
  }

  removeTask(taskId: string): Promise<void> {
    return removeDirectory(this.taskPath(taskId));
  }

  release(): Promise<void> {
    return this.#lock.release();
  }

  /** Finishes deletions that a crash cut short. */
  async #sweep(): Promise<void> {
    const names = await readdir(join(this.path, "tasks"));
    for (const name of names) if (name.endsWith(DOOMED)) await removeDirectory(this.taskPath(name));
  }
}

const lockDirectory = async (root: string): Promise<ExclusiveLock> => {
  const path = join(root, ".lock");
  const owner = join(path, "owner");
  const lock = await exclusiveLock(path);
  if (lock === null) {
    const pid = Number(await readFile(owner, "utf8").catch(() => ""));
    throw new StateLockedError(root, Number.isInteger(pid) && pid > 0 ? pid : null);
  }
  await writeFile(owner, String(process.pid));
  return lock;
};
