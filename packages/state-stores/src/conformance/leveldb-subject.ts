import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { leveldbBackend } from "../index.js";
import type { BackendSubject } from "./backend-subject.js";

/** Backends in temporary directories, which they take with them. */
export const leveldbSubject = (): BackendSubject => {
  const dirs = new WeakMap<object, string>();
  const open = async (dir: string) => {
    const backend = await leveldbBackend({ dir });
    dirs.set(backend, dir);
    return backend;
  };
  return {
    create: async () => open(await mkdtemp(join(tmpdir(), "millrace-state-"))),
    restart: async (backend) => {
      await backend.close();
      return open(dirs.get(backend) as string);
    },
    dispose: async (backend) => {
      await backend.close();
      await rm(dirs.get(backend) as string, { recursive: true, force: true });
    },
  };
};
