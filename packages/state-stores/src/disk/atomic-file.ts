import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** Replaces a file so that a crash at any moment leaves either the old contents or the new, whole. */
export const writeFileAtomically = async (path: string, text: string): Promise<void> => {
  const temporary = `${path}.new`;
  const file = await open(temporary, "w");
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncDirectory(dirname(path));
};

/** Deletes a directory with all in it. Cut short, it leaves nothing under the directory's name. */
export const removeDirectory = async (path: string): Promise<void> => {
  const doomed = `${path}${DOOMED}`;
  await rm(doomed, { recursive: true, force: true });
  try {
    await rename(path, doomed);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  await rm(doomed, { recursive: true, force: true });
};

/** Ends the name of a directory whose deletion was cut short. */
export const DOOMED = "~";

/** Makes a rename in the directory survive a power cut, where the platform can. */
const syncDirectory = async (path: string): Promise<void> => {
  if (process.platform === "win32") return;
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
};
