// Installs the locked dependencies when they are not there. Imports nothing but Node: nothing else may be there yet.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const LOCKFILE = "pnpm-lock.yaml";
/** pnpm's own note of what it installed, which it writes last. */
const INSTALLED = join("node_modules", ".pnpm", "lock.yaml");

/** Installs when the lockfile says otherwise than what was installed last, quietly; ends the process when it cannot. */
export function installIfStale(root) {
  if (!isStale(root)) return;
  const pnpm = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).packageManager;
  process.stderr.write("millrace: installing the locked dependencies (once)...\n");
  const install = spawnSync("npx", ["--yes", pnpm, "install", "--frozen-lockfile"], {
    cwd: root,
    encoding: "utf8",
    // CI: ask nothing. The log level: `npm --silent` would silence the reason of a failure as well.
    env: { ...process.env, CI: "true", npm_config_loglevel: "warn" },
    shell: process.platform === "win32",
  });
  if (install.status === 0) return;
  process.stderr.write(`${install.stdout ?? ""}${install.stderr ?? ""}${install.error?.message ?? ""}\n`);
  process.stderr.write("millrace: the install failed; is the npm registry reachable?\n");
  process.exit(1);
}

/** Whether `node_modules` is missing or was installed from another lockfile. By content: a checkout changes times. */
export function isStale(root) {
  const installed = join(root, INSTALLED);
  return !existsSync(installed) || !readFileSync(installed).equals(readFileSync(join(root, LOCKFILE)));
}
