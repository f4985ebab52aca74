import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
/** Where Debian and its kin put them: not on the path, a folder a version. */
const DEBIAN_FOLDER = "/usr/lib/postgresql";

/** Who runs a program. */
export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

/** The folder of the newest PostgreSQL's programs; undefined where there is none. */
export function findPostgres(): string | undefined {
  const versions = existsSync(DEBIAN_FOLDER) ? readdirSync(DEBIAN_FOLDER) : [];
  const debian = versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(DEBIAN_FOLDER, version, "bin"));
  const onPath = (process.env["PATH"] ?? "").split(delimiter).filter(Boolean);
  return [...debian, ...onPath].find((folder) =>
    ["initdb", "postgres"].every((name) => existsSync(join(folder, name))),
  );
}

/** PostgreSQL refuses to run as root: whom to run it as then. Undefined: as ourselves. */
export async function unprivilegedUser(): Promise<SystemUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  try {
    return await userNamed("postgres");
  } catch {
    return userNamed("nobody");
  }
}

async function userNamed(name: string): Promise<SystemUser> {
  const [uid, gid] = await Promise.all(
    ["-u", "-g"].map(async (flag) => Number((await run("id", [flag, name])).stdout)),
  );
  return { uid: uid!, gid: gid! };
}
