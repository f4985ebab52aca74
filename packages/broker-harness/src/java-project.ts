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
 * The folder of jars a Maven project runs with, its own included where it has sources. Made once for each content of the
 * project's folder and kept in the user's cache folder; Maven is needed the first time only.
 * Throws BrokerUnavailableError where Java or Maven is missing.
 */
export async function jarsOf(project: string): Promise<string> {
  await checkJava();
  const jars = cachedJars(project);
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
      ...["-DincludeScope=runtime", `-DoutputDirectory=${target}`],
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

function cachedJars(project: string): string {
  return join(cacheFolder(), `${basename(project)}-${digest(project)}`);
}

function cacheFolder(): string {
  return join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "millrace", "jars");
}

function digest(project: string): string {
  const hash = createHash("sha256");
  for (const file of (readdirSync(project, { recursive: true }) as string[]).sort()) {
    const path = join(project, file);
    if (statSync(path).isFile()) hash.update(file).update("\0").update(readFileSync(path)).update("\0");
  }
  return hash.digest("hex").slice(0, 12);
}
