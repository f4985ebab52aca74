// What `npm start` and `npm test` run on a machine that has Node and npm and nothing else: installs the locked
// dependencies when they are stale, then hands over. Imports nothing but Node, because nothing else may be there yet.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const MODULES = new URL("../node_modules/", import.meta.url);
const STAMP = new URL("../node_modules/.millrace-installed", import.meta.url);
const SOURCE_FLAGS = ["--conditions=millrace-source", "--import", "tsx"];
const LIFELINE = new URL("lifeline.mjs", import.meta.url).href;
const FORWARDED_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGWINCH"];
const SAME_KEYPRESS_MS = 500;
const PARENT_CHECK_MS = 200;

const programs = {
  start: ["packages/examples/wordcount/main.ts"],
  test: ["scripts/test.ts"],
};

const [name, ...args] = process.argv.slice(2);
const program = programs[name];
if (program === undefined) {
  process.stderr.write(`usage: node scripts/run.mjs ${Object.keys(programs).join(" | ")} [arguments]\n`);
  process.exit(2);
}
installIfStale();
launch([...SOURCE_FLAGS, "--import", LIFELINE, ...program, ...args]);

function installIfStale() {
  const wanted = fingerprint();
  if (existsSync(MODULES) && existsSync(STAMP) && readFileSync(STAMP, "utf8") === wanted) return;
  const pnpm = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).packageManager;
  process.stderr.write("millrace: installing the locked dependencies (once)...\n");
  const install = spawnSync("npx", ["--yes", pnpm, "install", "--frozen-lockfile"], {
    cwd: ROOT,
    encoding: "utf8",
    // CI: ask nothing. The log level: `npm --silent` would silence the reason of a failure as well.
    env: { ...process.env, CI: "true", npm_config_loglevel: "warn" },
    shell: process.platform === "win32",
  });
  if (install.status !== 0) {
    process.stderr.write(`${install.stdout ?? ""}${install.stderr ?? ""}${install.error?.message ?? ""}\n`);
    process.stderr.write("millrace: the install failed; is the npm registry reachable?\n");
    process.exit(1);
  }
  writeFileSync(STAMP, wanted);
}

/** What an install depends on. Contents, not times: a checkout touches files without changing them. */
function fingerprint() {
  const hash = createHash("sha256");
  for (const file of ["../pnpm-lock.yaml", "../pnpm-workspace.yaml", "../package.json"]) {
    hash.update(readFileSync(new URL(file, import.meta.url)));
  }
  return hash.update(`${process.platform} ${process.arch} ${process.versions.modules}`).digest("hex");
}

/**
 * Runs Node on the program in a process group of its own. A Ctrl-C reaches this process from the terminal and once
 * more from npm; in the same group the program would get both and take the second for "quit at once".
 */
function launch(nodeArguments) {
  const child = spawn(process.execPath, nodeArguments, {
    cwd: ROOT,
    detached: process.platform !== "win32",
    env: { ...process.env, MILLRACE_LAUNCHER: String(process.pid) },
    stdio: ["inherit", "inherit", "inherit", "pipe"],
  });
  child.stdio[3].on("error", () => {});
  const lastAt = new Map();
  for (const signal of FORWARDED_SIGNALS) {
    process.on(signal, () => {
      const now = performance.now();
      if (now - (lastAt.get(signal) ?? -Infinity) < SAME_KEYPRESS_MS) return;
      lastAt.set(signal, now);
      child.kill(signal);
    });
  }
  stopWhenNpmIsGone(child);
  child.on("error", (error) => {
    process.stderr.write(`millrace: cannot run ${process.execPath}: ${error.message}\n`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(signal === null ? code : 128 + constants.signals[signal]));
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
