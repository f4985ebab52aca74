import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { leveldbBackend, type StateBackend } from "@millrace/state-stores";
import type { ResolvedAppOptions } from "./app-options.js";

/** Opens where the options say that state is kept; null: nowhere but on the heap. */
export async function openStateBackend(options: ResolvedAppOptions): Promise<StateBackend | null> {
  const { environment, stateDir, stateBackend, applicationId, stateCacheBytes } = options;
  if (stateBackend !== null) return stateBackend();
  if (stateDir === null) return null;
  return leveldbBackend({ dir: stateDir, applicationId, environment, cacheBytes: stateCacheBytes });
}

/** Deletes the state of all tasks and global stores. The instance's id stays: its transactions can still be fenced. */
export async function deleteState(options: ResolvedAppOptions): Promise<void> {
  const backend = await openStateBackend(options);
  if (backend !== null) await empty(backend);
}

/** Deletes what the threads of an app keep in folders below `dir`. */
export async function deleteThreadStates(dir: string): Promise<void> {
  for (const name of await namesIn(dir)) {
    if (THREAD_FOLDER.test(name)) await empty(await leveldbBackend({ dir: join(dir, name) }));
  }
}

const THREAD_FOLDER = /^thread-\d+$/u;

async function empty(backend: StateBackend): Promise<void> {
  try {
    for (const task of await backend.tasks()) await backend.remove(task);
  } finally {
    await backend.close();
  }
}

async function namesIn(dir: string): Promise<readonly string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
