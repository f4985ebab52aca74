import type { ResourceLimits } from "node:worker_threads";
import type { KafkaClient } from "@millrace/kafka-client";
import type { Topology } from "../../topology/index.js";
import type { UncaughtPolicy } from "../../runtime/worker-options.js";
import type { StreamsAppOptions } from "../app-options.js";

/** What only code can say: functions do not cross from thread to thread, so a module exports them. */
export type AppModuleOptions = Pick<
  StreamsAppOptions,
  "errors" | "timestampExtractor" | "onUncaughtError" | "environment"
>;

/**
 * What the module exports that `StreamsApp.fromModule` runs; each of its threads imports the module and calls these
 * functions once. `settings` are those of `fromModule`.
 *
 * ```ts
 * export const topology = (): Topology => wordCount().build();
 * export const client = ({ dir }: { dir: string }): KafkaClient => embedded({ dir });
 * ```
 */
export interface AppModule<S = unknown> {
  topology(settings: S): Topology | Promise<Topology>;
  /** A client of this thread's own, which closes it at its end. All threads must reach the same cluster. */
  client(settings: S): KafkaClient | Promise<KafkaClient>;
  options?(settings: S): AppModuleOptions;
}

/** How `StreamsApp.fromModule` runs a module: an app's options, but those that are code. */
export interface ThreadedAppOptions<S = unknown> extends Omit<
  StreamsAppOptions,
  "client" | "stateBackend" | "errors" | "timestampExtractor"
> {
  /** How many threads, each with an event loop, a client, and one worker. Default: as many as the machine has cores for them. */
  readonly workers?: number;
  /** State is kept in `<stateDir>/<applicationId>/thread-<number>`. Default: on the heap of each thread. */
  readonly stateDir?: string;
  /** Handed to the functions of the module; a structured clone of it. */
  readonly settings?: S;
  /**
   * Asked about a thread that has failed or died: "replace-worker" puts another one in its place. Default:
   * "shutdown-client". The module's own `onUncaughtError` is asked first, and may shut the whole application down.
   */
  readonly onUncaughtError?: (error: unknown) => Exclude<UncaughtPolicy, "shutdown-application">;
  /**
   * Node's options for the threads. Default: those of this process. A module in TypeScript that tsx runs needs, on Node 20,
   * `["--import", file]` with a file that says `import { register } from "tsx/esm/api"; register();`.
   */
  readonly execArgv?: readonly string[];
  /** Bounds of each thread's heap. Default: Node's. */
  readonly resourceLimits?: ResourceLimits;
}
