import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { classArchive } from "./class-archive.js";
import { jarsOf } from "./java-project.js";
import { javaTool } from "./java-tools.js";

const PROJECT = fileURLToPath(new URL("../java/streams", import.meta.url));

/** A record as Java's clients see it; the key has no spaces, the value no line ends. */
export interface JavaRecord {
  readonly timestamp: number;
  readonly key: string;
  readonly value: string;
}

/** A Kafka Streams app in Java; see `CountingApp.java` for its two topologies. */
export interface JavaAppOptions {
  readonly topology: "words" | "windows";
  readonly brokers: readonly string[];
  readonly applicationId: string;
  readonly input: string;
  readonly output: string;
  readonly guarantee: "at_least_once" | "exactly_once_v2";
}

/** It ends in order with the process that started it: its standard input closes then. */
export interface JavaApp extends AsyncDisposable {
  /**
   * Commits, leaves the group and ends. `remain`: it stays in the group until its session of six seconds ends, as Java's apps do
   * unless told otherwise. Throws with what the app printed if it failed.
   */
  close(options?: { readonly remain?: boolean }): Promise<void>;
}

/** A member of a group in Java; it ends in order with the process that started it. */
export interface JavaMember extends AsyncDisposable {
  /** Leaves the group and ends. */
  close(): Promise<void>;
}

/** Builds the programs of this file, once for a machine: the first time Maven may take a minute. */
export async function prepareJavaPrograms(): Promise<void> {
  await jarsOf(PROJECT);
}

/** Starts the app and waits until it runs. */
export async function startJavaApp(options: JavaAppOptions): Promise<JavaApp> {
  const { topology, brokers, applicationId, input, output, guarantee } = options;
  const program = await startProgram("CountingApp", [
    topology,
    brokers.join(),
    applicationId,
    input,
    output,
    guarantee,
  ]);
  await program.prints("RUNNING");
  const close = async ({ remain = false } = {}) => void (await program.end(remain ? "remain" : ""));
  return { close, [Symbol.asyncDispose]: close };
}

/** Joins the group by Java's consumer, and waits until it has partitions of the topic: all of its own, if it is alone. */
export async function joinByJava(
  brokers: readonly string[],
  topic: string,
  groupId: string,
  protocol: "classic" | "consumer",
): Promise<JavaMember> {
  const program = await startProgram("Join", [brokers.join(), topic, groupId, protocol]);
  await program.prints("ASSIGNED");
  const close = async () => void (await program.end());
  return { close, [Symbol.asyncDispose]: close };
}

/** Writes the records to partition 0 by Java's producer, in as few batches as it makes. */
export async function produceByJava(
  brokers: readonly string[],
  topic: string,
  codec: string,
  records: readonly JavaRecord[],
): Promise<void> {
  const program = await startProgram("Produce", [brokers.join(), topic, codec]);
  await program.end(records.map(({ timestamp, key, value }) => `${timestamp} ${key} ${value}\n`).join(""));
}

/** What Java's consumer reads of partition 0, from its start to its end; it checks checksums. */
export async function consumeByJava(
  brokers: readonly string[],
  topic: string,
  isolation: "read_committed" | "read_uncommitted",
): Promise<JavaRecord[]> {
  const program = await startProgram("Consume", [brokers.join(), topic, isolation]);
  const lines = (await program.end()).split("\n").filter(Boolean);
  return lines.map((line) => {
    const [, timestamp, key, value] = /^(-?\d+) (\S+) (.*)$/u.exec(line)!;
    return { timestamp: Number(timestamp), key: key!, value: value! };
  });
}

interface Program {
  /** Waits for a line of its output. */
  prints(line: string): Promise<void>;
  /** Closes its input, waits for its end and gives its output. */
  end(input?: string): Promise<string>;
}

async function startProgram(name: string, args: readonly string[]): Promise<Program> {
  const logging = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn";
  const jars = await jarsOf(PROJECT);
  const archive = await classArchive(jars, name);
  const jvm = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", ...archive.flags, logging];
  const command = [...jvm, "-cp", join(jars, "*"), `millrace.interop.${name}`, ...args];
  const child = spawn(javaTool("java"), command, { stdio: ["pipe", "pipe", "pipe"] });
  const printed = collect(child);
  const closed = once(child, "close") as Promise<[number | null]>;
  closed.catch(() => {}); // end() reports it
  child.stdin.on("error", () => {});
  const failure = (code: number | null) => new Error(`${name} ended with ${code}:\n${printed.out}${printed.errors}`);
  return {
    async prints(line) {
      while (!`\n${printed.out}`.includes(`\n${line}\n`)) {
        const ended = await Promise.race([once(child.stdout, "data").then(() => undefined), closed]);
        if (ended !== undefined) throw failure(ended[0]);
      }
    },
    async end(input = "") {
      child.stdin.end(input);
      const [code] = await closed;
      archive.ended(code === 0);
      if (code !== 0) throw failure(code);
      return printed.out;
    },
  };
}

function collect(child: ChildProcess): { out: string; errors: string } {
  const printed = { out: "", errors: "" };
  child.stdout!.setEncoding("utf8").on("data", (text: string) => void (printed.out += text));
  child.stderr!.setEncoding("utf8").on("data", (text: string) => void (printed.errors += text));
  return printed;
}
