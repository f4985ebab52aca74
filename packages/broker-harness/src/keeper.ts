import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

let keeper: ChildProcess | undefined;

/** Sees to it that a process does not outlive this one, nor a folder, even where this one is killed. */
export function keep(what: { readonly pid: number } | { readonly folder: string }): void {
  send({ verb: "keep", ...what });
}

/** The process has ended, or the folder is gone. */
export function release(what: { readonly pid: number } | { readonly folder: string }): void {
  send({ verb: "release", ...what });
}

function send(message: object): void {
  keeper ??= start();
  // A keeper that ended early is no reason for a test to fail.
  keeper.send(message, () => {});
}

function start(): ChildProcess {
  const child = fork(fileURLToPath(new URL("keeper.mjs", import.meta.url)), {
    detached: true,
    execArgv: [],
    stdio: "ignore",
  });
  child.unref();
  child.channel?.unref();
  child.on("error", () => {});
  return child;
}
