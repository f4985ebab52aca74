import { leveldbBackend, type StateBackend } from "@millrace/state-stores";
import type { ResolvedAppOptions } from "./app-options.js";

/** Opens where the options say that state is kept; null: nowhere but on the heap. */
export async function openStateBackend(options: ResolvedAppOptions): Promise<StateBackend | null> {
  const { environment, stateDir, stateBackend, applicationId, stateCacheBytes } = options;
  if (stateBackend !== null) return stateBackend();
  if (stateDir === null) return null;
  const cacheBytes = stateCacheBytes === undefined ? {} : { cacheBytes: stateCacheBytes };
  return leveldbBackend({ dir: stateDir, applicationId, environment, ...cacheBytes });
}

/** Deletes the state of all tasks and global stores. The instance's id stays: its transactions can still be fenced. */
export async function deleteState(options: ResolvedAppOptions): Promise<void> {
  const backend = await openStateBackend(options);
  if (backend === null) return;
  try {
    for (const task of await backend.tasks()) await backend.remove(task);
  } finally {
    await backend.close();
  }
}
