import { readFile } from "node:fs/promises";

import { StateFormatError, StateOpenError } from "../errors.js";
import { writeFileAtomically } from "./atomic-file.js";

/** Version of the directory layout. Another one is refused. */
const DIRECTORY_FORMAT = 1;

interface InstanceFile {
  readonly format: number;
  readonly instanceId: string;
}

/** The instance id kept at `path`; `makeId` is asked for one when there is no file yet. Throws StateFormatError, StateOpenError. */
export const instanceIdAt = async (path: string, makeId: () => string): Promise<string> => {
  const text = await readIfThere(path);
  if (text === null) {
    const file: InstanceFile = { format: DIRECTORY_FORMAT, instanceId: makeId() };
    await writeFileAtomically(path, `${JSON.stringify(file)}\n`);
    return file.instanceId;
  }
  let file: Partial<InstanceFile> | null;
  try {
    file = JSON.parse(text) as Partial<InstanceFile> | null;
  } catch (cause) {
    throw new StateOpenError(path, { cause });
  }
  if (file?.format !== DIRECTORY_FORMAT) throw new StateFormatError(path, file?.format, DIRECTORY_FORMAT);
  if (typeof file.instanceId !== "string" || file.instanceId === "") {
    throw new StateOpenError(path, { cause: new TypeError("no instance id in it") });
  }
  return file.instanceId;
};

const readIfThere = async (path: string): Promise<string | null> => {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
};
