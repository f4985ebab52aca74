import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePorts } from "./free-ports.js";
import { cacheFolder } from "./java-project.js";
import { checkJava, checkMaven, javaTool, runTool } from "./java-tools.js";
import { keep, release } from "./keeper.js";

const VERSION = "2.5.11.Final";
const ARTIFACT = `io.apicurio:apicurio-registry-app:${VERSION}:tar.gz:all`;
const START_MS_MAX = 90_000;

/** A real schema registry that belongs to one test. It ends with the process that started it. */
export interface RegistryProcess extends AsyncDisposable {
  /** Of Confluent's REST interface. */
  readonly url: string;
  /** Freezes the process: connections stay open and nothing answers. */
  pause(): void;
  /** Lets a frozen process go on. */
  resume(): void;
  /** Ends it (SIGKILL). */
  close(): Promise<void>;
}

/**
 * Starts Apicurio's registry, which keeps its data in memory, and waits until it answers. Its address stays the same for one
 * that is started at the `port` of another. Throws BrokerUnavailableError where Java or Maven is missing.
 */
export async function startRegistry(options: { readonly port?: number } = {}): Promise<RegistryProcess> {
  const folder = await installed();
  const port = options.port ?? (await freePorts(1))[0]!;
  const child = spawn(
    javaTool("java"),
    [
      ...["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"],
      ...["-Dquarkus.http.host=127.0.0.1", `-Dquarkus.http.port=${port}`],
      ...["-jar", join(folder, `apicurio-registry-app-${VERSION}-runner.jar`)],
    ],
    { detached: true, stdio: ["ignore", "pipe", "pipe"] },
  );
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (log += text));
  await once(child, "spawn");
  keep({ pid: child.pid! });
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`;
  try {
    await untilItAnswers(child, url);
  } catch (cause) {
    child.kill("SIGKILL");
    throw new Error(`The schema registry does not start:\n${log}`, { cause });
  }
  const close = () => end(child);
  return {
    url,
    pause: () => void child.kill("SIGSTOP"),
    resume: () => void child.kill("SIGCONT"),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Fetches the registry the first time; 140 MB. */
async function installed(): Promise<string> {
  await checkJava();
  const folder = join(cacheFolder(), `apicurio-registry-${VERSION}`);
  if (existsSync(folder)) return folder;
  await checkMaven();
  mkdirSync(cacheFolder(), { recursive: true });
  const workshop = mkdtempSync(`${folder}-`);
  try {
    const unpacked = join(workshop, "unpacked");
    const options = ["--batch-mode", "--quiet", `-Dartifact=${ARTIFACT}`, `-DoutputDirectory=${unpacked}`];
    // Without a project Maven leaves its markers wherever it runs.
    await runTool("mvn", [...options, "dependency:unpack"], { cwd: workshop });
    // Another run may have been faster: what it made is as good.
    if (!existsSync(folder)) renameSync(unpacked, folder);
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
  return folder;
}

async function untilItAnswers(child: ChildProcess, url: string): Promise<void> {
  const deadline = performance.now() + START_MS_MAX;
  for (;;) {
    if (child.exitCode !== null) throw new Error("it ended");
    if (performance.now() > deadline) throw new Error("it takes too long");
    const answers = await fetch(`${url}/subjects`).then(
      (response) => response.ok,
      () => false,
    );
    if (answers) return;
    await delay(100);
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }
  release({ pid: child.pid! });
}
