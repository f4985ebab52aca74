import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { checkJava, checkMaven, runTool } from "./java-tools.js";

/**
 * The folder of jars a Maven project runs with, its own included where it has sources; `properties` are the project's. Made
 * once for each content of the project's folder and each set of properties, and kept in the user's cache folder; Maven is
 * needed the first time only. Throws BrokerUnavailableError where Java or Maven is missing.
 */
export async function jarsOf(project: string, properties: Readonly<Record<string, string>> = {}): Promise<string> {
  await checkJava();
  const settings = Object.entries(properties).map(([name, value]) => `-D${name}=${value}`);
  const jars = cachedJars(project, settings);
  if (existsSync(jars)) return jars;
  await checkMaven();
  mkdirSync(cacheFolder(), { recursive: true });
  const workshop = mkdtempSync(`${jars}-`);
  try {
    cpSync(project, join(workshop, "project"), { recursive: true });
    const hasSources = existsSync(join(project, "src"));
    const goals = [...(hasSources ? ["package"] : []), "dependency:copy-dependencies"];
    const target = join(workshop, "jars");
    await runTool("mvn", [
      ...["--batch-mode", "--quiet", "--file", join(workshop, "project", "pom.xml"), ...goals],
      ...["-DincludeScope=runtime", `-DoutputDirectory=${target}`, ...settings],
    ]);
    if (hasSources) copyBuilt(join(workshop, "project", "target"), target);
    // Another run may have been faster: what it made is as good.
    if (!existsSync(jars)) renameSync(target, jars);
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
  return jars;
}

function copyBuilt(from: string, to: string): void {
  for (const file of readdirSync(from)) if (file.endsWith(".jar")) cpSync(join(from, file), join(to, file));
}

function cachedJars(project: string, settings: readonly string[]): string {
  return join(cacheFolder(), `${basename(project)}-${digest(project, settings)}`);
}

/** Where what Maven fetched is kept. */
export function cacheFolder(): string {
  return join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "millrace", "jars");
}

function digest(project: string, settings: readonly string[]): string {
  const hash = createHash("sha256").update(settings.join("\0"));
  for (const file of (readdirSync(project, { recursive: true }) as string[]).sort()) {
    const path = join(project, file);
    if (statSync(path).isFile()) hash.update(file).update("\0").update(readFileSync(path)).update("\0");
  }
  return hash.digest("hex").slice(0, 12);
}
