import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { BrokerProxy } from "./broker-proxy.js";
import { javaTool } from "./java-tools.js";
import { keep, release } from "./keeper.js";

const READY = "Kafka Server started";
const START_MS_MAX = 90_000;
const STOP_MS_MAX = 30_000;
const LOG_CHARACTERS_MAX = 2_000_000;

/** One broker of a cluster that a test may treat badly. It is always the same one: same address, same data. */
export class BrokerNode {
  readonly id: number;
  /** host:port for clients. */
  readonly address: string;
  /** What stands between clients and the broker; undefined without `proxied`. */
  readonly proxy: BrokerProxy | undefined;
  readonly #command: readonly string[];
  #process: ChildProcess | undefined;
  #log = "";
  #runLog = 0;

  constructor(id: number, address: string, command: readonly string[], proxy?: BrokerProxy) {
    this.id = id;
    this.address = address;
    this.#command = command;
    this.proxy = proxy;
  }

  /** The process id; undefined while it does not run. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** What the broker printed, over all its lives; the oldest is cut off where it becomes very much. */
  log(): string {
    return this.#log;
  }

  /** Starts the broker, or starts it again, and waits until it serves clients. */
  async start(): Promise<void> {
    if (this.#process !== undefined) throw new Error(`Broker ${this.id} runs already.`);
    this.#runLog = this.#log.length;
    const child = spawn(javaTool("java"), this.#command, { detached: true, stdio: ["ignore", "pipe", "pipe"] });
    this.#process = child;
    const ended = once(child, "exit").finally(() => this.#hasEnded(child));
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => this.#append(text));
    }
    await once(child, "spawn");
    keep({ pid: child.pid! });
    const deadline = performance.now() + START_MS_MAX;
    while (!this.#log.includes(READY, this.#runLog)) {
      await Promise.race([delay(50), ended]);
      if (this.#process !== child)
        throw new Error(`Broker ${this.id} ended while it started:\n${this.#log.slice(this.#runLog)}`);
      if (performance.now() > deadline)
        throw new Error(`Broker ${this.id} does not start:\n${this.#log.slice(this.#runLog)}`);
    }
  }

  /** Ends the broker as a power cut would (SIGKILL). Resolves when the process is gone. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /**
   * Shuts the broker down in order: leaders move away, files are closed. Killed where that takes too long; resolves with
   * false then.
   */
  async stop(): Promise<boolean> {
    const child = this.#process;
    const patience = new AbortController();
    const late = delay(STOP_MS_MAX, undefined, { signal: patience.signal, ref: false }).then(
      () => this.kill(),
      () => undefined,
    );
    await this.#end("SIGTERM");
    patience.abort();
    await late;
    return child?.signalCode !== "SIGKILL";
  }

  /** Freezes the process (SIGSTOP): its connections stay open and nothing answers. */
  pause(): void {
    this.#process?.kill("SIGSTOP");
  }

  /** Lets a frozen process go on (SIGCONT). */
  resume(): void {
    this.#process?.kill("SIGCONT");
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    const ended = once(child, "exit");
    child.kill(signal);
    // A frozen process takes no notice of a polite signal before it goes on.
    child.kill("SIGCONT");
    await ended;
    this.#hasEnded(child);
  }

  #hasEnded(child: ChildProcess): void {
    if (this.#process !== child) return;
    this.#process = undefined;
    release({ pid: child.pid! });
  }

  #append(text: string): void {
    this.#log += text;
    const surplus = this.#log.length - LOG_CHARACTERS_MAX;
    if (surplus <= 0) return;
    this.#log = this.#log.slice(surplus);
    this.#runLog = Math.max(0, this.#runLog - surplus);
  }
}

/** The command line that runs a node's properties file, after `java`. */
export function brokerCommand(jars: string, propertiesFile: string, jvm: readonly string[]): string[] {
  return [
    ...jvm,
    "-Djava.awt.headless=true",
    ...["-Dorg.slf4j.simpleLogger.showDateTime=true", "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS"],
    ...["-cp", join(jars, "*"), "kafka.Kafka", propertiesFile],
  ];
}
