// Runs a program as npm's child should: signals reach it once, it ends when npm does, and its exit code is ours.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";

const LIFELINE = new URL("lifeline.mjs", import.meta.url).href;
const FORWARDED_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGWINCH"];
const SAME_KEYPRESS_MS = 500;
const PARENT_CHECK_MS = 200;

/**
 * Runs Node on the program in a process group of its own. A Ctrl-C reaches this process from the terminal and once
 * more from npm; in the same group the program would get both and take the second for "quit at once".
 */
export function launch(nodeArguments, cwd) {
  const child = spawn(process.execPath, ["--import", LIFELINE, ...nodeArguments], {
    cwd,
    detached: process.platform !== "win32",
    env: { ...process.env, MILLRACE_LAUNCHER: String(process.pid) },
    stdio: ["inherit", "inherit", "inherit", "pipe"],
  });
  child.stdio[3].on("error", () => {});
  forwardSignals(child);
  stopWhenNpmIsGone(child);
  child.on("error", (error) => {
    process.stderr.write(`millrace: cannot run ${process.execPath}: ${error.message}\n`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(signal === null ? code : 128 + constants.signals[signal]));
}

function forwardSignals(child) {
  const lastAt = new Map();
  for (const signal of FORWARDED_SIGNALS) {
    process.on(signal, () => {
      const now = performance.now();
      if (now - (lastAt.get(signal) ?? -Infinity) < SAME_KEYPRESS_MS) return;
      lastAt.set(signal, now);
      child.kill(signal);
    });
  }
}

/**
 * Not every shell passes on the signals npm gets, and a killed npm sends none: without this the program would live on and
 * keep its state directory locked.
 */
function stopWhenNpmIsGone(child) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const shell = process.ppid;
  const npm = parentOf(shell);
  const watch = setInterval(() => {
    if (process.ppid === shell && (npm === undefined || parentOf(shell) === npm)) return;
    clearInterval(watch);
    child.kill("SIGTERM");
  }, PARENT_CHECK_MS).unref();
}

/** The parent of another process where the system tells (Linux); undefined elsewhere. */
function parentOf(pid) {
  try {
    return Number(/^PPid:\s*(\d+)$/mu.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch {
    return undefined;
  }
}
