import { spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startDockerPostgres } from "./docker-postgres.js";
import { freePorts } from "./free-ports.js";
import { keep, release } from "./keeper.js";
import { findPostgres, unprivilegedUser, type SystemUser } from "./postgres-tools.js";
import { runTool } from "./java-tools.js";
import { PostgresUnavailableError } from "./unavailable.js";

const READY = "database system is ready to accept connections";
const START_MS_MAX = 60_000;

/** A real PostgreSQL that belongs to whoever started it, and ends with the process that did. */
export interface Postgres extends AsyncDisposable {
  /** For clients: `postgresql://user@host:port/database`. */
  readonly url: string;
  /** Ends it and removes its data; leaves the one that `DATABASE_URL` names alone. */
  close(): Promise<void>;
}

/** How {@link startPostgres} starts it. */
export interface PostgresOptions {
  /** Chosen without it. */
  readonly port?: number;
}

/**
 * The PostgreSQL that `DATABASE_URL` names; else one of the system's own in a temporary folder; else one through Docker.
 * Throws PostgresUnavailableError, whose one line says how to install it.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  const named = process.env["DATABASE_URL"];
  if (named !== undefined && named !== "") return postgres(named, async () => {});
  const port = options.port ?? (await freePorts(1))[0]!;
  const programs = findPostgres();
  if (programs !== undefined) return startFrom(programs, port);
  const container = await startDockerPostgres(port);
  if (container !== undefined) return postgres(container.url, container.close);
  throw new PostgresUnavailableError(
    "there is no PostgreSQL: `apt-get install postgresql` (macOS: `brew install postgresql`), name one in DATABASE_URL, or start Docker",
  );
}

async function startFrom(programs: string, port: number): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), "millrace-postgres-"));
  keep({ folder });
  const removeFolder = () => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    release({ folder });
  };
  try {
    const user = await unprivilegedUser();
    if (user !== undefined) chownSync(folder, user.uid, user.gid);
    const data = join(folder, "data");
    const settings = ["--username=millrace", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"];
    await runTool(join(programs, "initdb"), ["-D", data, ...settings], { ...user, cwd: folder });
    const stop = await serve(programs, { data, port, folder, user });
    const close = async () => {
      await stop();
      removeFolder();
    };
    return postgres(`postgresql://millrace@127.0.0.1:${port}/postgres`, close);
  } catch (error) {
    removeFolder();
    throw error;
  }
}

interface Serving {
  readonly data: string;
  readonly port: number;
  readonly folder: string;
  readonly user: SystemUser | undefined;
}

/** Starts the server and waits until it takes connections; gives what stops it. */
async function serve(programs: string, { data, port, folder, user }: Serving): Promise<() => Promise<void>> {
  const where = ["-D", data, "-p", String(port)];
  const settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"].flatMap((line) => [
    "-c",
    line,
  ]);
  const child = spawn(join(programs, "postgres"), [...where, ...settings], {
    ...user,
    cwd: folder,
    // A Ctrl-C at the terminal is for whoever started it.
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = once(child, "exit");
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (log = (log + text).slice(-20_000)));
  await once(child, "spawn");
  keep({ pid: child.pid! });
  const stop = async () => {
    // Fast shutdown: does not wait for clients.
    child.kill("SIGINT");
    await ended;
    release({ pid: child.pid! });
  };
  const deadline = performance.now() + START_MS_MAX;
  while (!log.includes(READY)) {
    await Promise.race([delay(50), ended]);
    if (child.exitCode !== null) throw new Error(`PostgreSQL ended while it started:\n${log}`);
    if (performance.now() > deadline) {
      await stop();
      throw new Error(`PostgreSQL does not start:\n${log}`);
    }
  }
  return stop;
}

function postgres(url: string, close: () => Promise<void>): Postgres {
  return { url, close, [Symbol.asyncDispose]: close };
}
