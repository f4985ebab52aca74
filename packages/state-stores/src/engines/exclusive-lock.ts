import { ClassicLevel } from "classic-level";

import { StateOpenError } from "../errors.js";

/** Held until released, or until the process ends in whatever way. */
export interface ExclusiveLock {
  release(): Promise<void>;
}

/**
 * Takes the operating system's lock on `directory`, creating it; null when another process, or this one, has it.
 * The lock is the one every LevelDB takes on its own directory: Node has no file locks, and a pid written to a file
 * means nothing after a crash, a restart of the machine or in another container.
 */
export const exclusiveLock = async (directory: string): Promise<ExclusiveLock | null> => {
  const level = new ClassicLevel(directory);
  try {
    await level.open();
  } catch (error) {
    const { code } = (error as { cause?: { code?: string } }).cause ?? {};
    if (code === "LEVEL_LOCKED") return null;
    throw new StateOpenError(directory, { cause: error });
  }
  return { release: () => level.close() };
};
