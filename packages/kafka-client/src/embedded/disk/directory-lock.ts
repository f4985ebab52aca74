import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { MillraceError } from "@millrace/kernel";

/** Another process has the directory open. */
export class DirectoryLockedError extends MillraceError {
  readonly code = "MILLRACE_DIRECTORY_LOCKED";
  constructor(dir: string, holder: string) {
    super(
      `${dir} is in use by ${holder}. Stop that process or choose another directory; if it is surely gone, delete the file "lock" there.`,
    );
  }
}

interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** Distinguishes processes that had the same pid; "" where the system does not tell. */
  readonly started: string;
}

/** Takes `dir` for this process. Returns how to give it back. Throws {@link DirectoryLockedError}. */
export function lockDirectory(dir: string, token: string): () => void {
  const path = join(dir, "lock");
  const mine = join(dir, `lock.${process.pid}.${token}`);
  writeFileSync(mine, JSON.stringify({ pid: process.pid, host: hostname(), started: startOf(process.pid) }));
  try {
    acquire(dir, path, mine);
  } finally {
    rmSync(mine, { force: true });
  }
  return () => rmSync(path, { force: true });
}

/** A hard link appears whole or not at all, and fails when the name is taken. */
function acquire(dir: string, path: string, mine: string): void {
  for (let tries = 0; ; tries++) {
    try {
      return linkSync(mine, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = readHolder(path);
    if (holder === undefined && tries < 10) continue;
    if (holder !== null && (holder === undefined || mayLive(holder) || tries >= 10)) {
      throw new DirectoryLockedError(dir, holder === undefined ? "another process" : describe(holder));
    }
    setAside(path, `${mine}.stale`, holder);
  }
}

/** Removes the lock of a dead process; puts it back when somebody else was faster and it is a live one. */
function setAside(path: string, aside: string, expected: LockHolder | null): void {
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  const found = readHolder(aside);
  const same = JSON.stringify(found ?? null) === JSON.stringify(expected);
  try {
    if (!same) linkSync(aside, path);
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Undefined: no such file. Null: a file that says nothing. */
function readHolder(path: string): LockHolder | null | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
  try {
    return JSON.parse(text) as LockHolder;
  } catch {
    return null;
  }
}

function mayLive(holder: LockHolder): boolean {
  if (holder.host !== hostname()) return true;
  if (holder.started !== startOf(holder.pid)) return false;
  try {
    process.kill(holder.pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Linux: boot id and start tick of a process, so that a pid used again is told apart. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot}/${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
  } catch {
    return "";
  }
}

function describe(holder: LockHolder): string {
  return `process ${holder.pid} on ${holder.host}`;
}
