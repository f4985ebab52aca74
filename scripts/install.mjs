// Installs the locked dependencies when they are not there. Imports nothing but Node: nothing else may be there yet.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const LOCKED_BY = ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json"];
const STAMP = join("node_modules", ".millrace-installed");

/** Installs when what is locked has changed since the last install, quietly; ends the process when it cannot. */
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
  if (install.status !== 0) {
    process.stderr.write(`${install.stdout ?? ""}${install.stderr ?? ""}${install.error?.message ?? ""}\n`);
    process.stderr.write("millrace: the install failed; is the npm registry reachable?\n");
    process.exit(1);
  }
  markInstalled(root);
}

/** Whether `node_modules` is missing or was installed from other locked dependencies, or for another Node. */
export function isStale(root) {
  const stamp = join(root, STAMP);
  return !existsSync(stamp) || readFileSync(stamp, "utf8") !== fingerprint(root);
}

/** Notes what the present `node_modules` was installed from. */
export function markInstalled(root) {
  writeFileSync(join(root, STAMP), fingerprint(root));
}

/** Contents, not times: a checkout touches files without changing them. */
function fingerprint(root) {
  const hash = createHash("sha256");
  for (const file of LOCKED_BY) hash.update(readFileSync(join(root, file)));
  return hash.update(`${process.platform} ${process.arch} ${process.versions.modules}`).digest("hex");
}
