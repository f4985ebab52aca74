import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { BrokerUnavailableError } from "./unavailable.js";

const run = promisify(execFile);
const LEAST_JAVA = 17;
const OUTPUT_BYTES_MAX = 1 << 26;

/** A program of the JDK: that of `JAVA_HOME` where it is set, else what the path finds. */
export function javaTool(name: "java" | "keytool"): string {
  const home = process.env["JAVA_HOME"];
  return home === undefined || home === "" ? name : join(home, "bin", name);
}

/** What Java says of its version. Throws {@link BrokerUnavailableError} where there is none. */
export async function javaVersion(): Promise<string> {
  try {
    return (await run(javaTool("java"), ["-version"])).stderr;
  } catch {
    throw new BrokerUnavailableError("there is no Java");
  }
}

/** Throws {@link BrokerUnavailableError} where there is no Java new enough for brokers. */
export async function checkJava(): Promise<void> {
  const major = Number(/version "(\d+)/u.exec(await javaVersion())?.[1]);
  if (!(major >= LEAST_JAVA)) throw new BrokerUnavailableError(`Java is older than ${LEAST_JAVA}`);
}

/** Throws {@link BrokerUnavailableError} where there is no Maven. */
export async function checkMaven(): Promise<void> {
  try {
    await run("mvn", ["--version"]);
  } catch {
    throw new BrokerUnavailableError("there is no Maven");
  }
}

/** Where a tool runs, and as whom. */
export interface ToolOptions {
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
}

/** Runs a tool to its end; throws with all it printed where it fails. */
export async function runTool(program: string, args: readonly string[], options: ToolOptions = {}): Promise<string> {
  try {
    const { stdout, stderr } = await run(program, [...args], { ...options, maxBuffer: OUTPUT_BYTES_MAX });
    return `${stdout}${stderr}`;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(" ")} failed:\n${stdout}${stderr}`, { cause: error });
  }
}
