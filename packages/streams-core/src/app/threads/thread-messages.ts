import type { MetricValue } from "@millrace/kernel";
import type { RestoreSubject } from "../../runtime/restore-listener.js";
import type { GroupMembership } from "../app-life.js";
import type { StreamsAppOptions } from "../app-options.js";
import type { AppState } from "../app-state.js";
import type { KeyMetadata } from "../queries/key-metadata.js";
import type { Queryable } from "../queries/queryable.js";
import type { CarriedError } from "./thread-errors.js";
import type { CarriedRows, StoreCall } from "./thread-queries.js";

/** What an app's options are once all that is code has been left out. */
export type CloneableAppOptions = Omit<
  StreamsAppOptions,
  | "client"
  | "stateBackend"
  | "errors"
  | "timestampExtractor"
  | "onUncaughtError"
  | "environment"
  | "stateDir"
  | "stateCacheBytes"
>;

/** What a thread is started with. */
export interface ThreadData {
  readonly module: string;
  readonly options: CloneableAppOptions;
  /** The thread's own; null: state is kept on the heap. */
  readonly stateDir: string | null;
  /** As the app's option of that name, for this thread. */
  readonly stateCacheBytes: number;
  readonly settings: unknown;
  readonly paused: boolean;
}

/** From the handle to a thread. */
export type ThreadRequest =
  | { readonly kind: "close"; readonly groupMembership: GroupMembership | null }
  | { readonly kind: "pause" }
  | { readonly kind: "resume" }
  | { readonly kind: "leave-rows"; readonly cursor: number }
  | {
      [K in keyof ThreadQuestions]: { readonly kind: K; readonly id: number } & ThreadQuestions[K]["ask"];
    }[keyof ThreadQuestions];

/** What is asked of a thread, and what it answers. */
export interface ThreadQuestions {
  readonly metrics: { readonly ask: object; readonly answer: readonly MetricValue[] };
  /** Grows with each record processed and each commit. */
  readonly "caught-up": { readonly ask: object; readonly answer: number };
  /** A question to a store that has one answer. */
  readonly query: {
    readonly ask: { readonly call: StoreCall };
    readonly answer: { readonly value: unknown; readonly isGlobal: boolean };
  };
  /** Takes a snapshot under a number; the answer is its first chunk. */
  readonly rows: {
    readonly ask: { readonly cursor: number; readonly call: StoreCall };
    readonly answer: { readonly first: CarriedRows | null; readonly isGlobal: boolean };
  };
  readonly "next-rows": { readonly ask: { readonly cursor: number }; readonly answer: CarriedRows | null };
  readonly locate: { readonly ask: { readonly table: Queryable; readonly key: unknown }; readonly answer: KeyMetadata };
}

/** The answer to a question of a kind. */
export type ThreadAnswer<K extends keyof ThreadQuestions> = ThreadQuestions[K]["answer"];

/** From a thread to the handle. */
export type ThreadReport =
  | { readonly kind: "state"; readonly state: AppState; readonly tasks: readonly string[] }
  /** Something the thread's app goes on from; what ends it comes with "ended". */
  | { readonly kind: "error"; readonly error: CarriedError }
  | {
      readonly kind: "restore";
      readonly step: "onRestoreStart" | "onRestoreBatch";
      readonly subject: RestoreSubject;
      readonly first: number;
      readonly second: number;
    }
  | {
      readonly kind: "restored";
      readonly subject: RestoreSubject;
      readonly total: number;
      readonly interrupted: boolean;
    }
  | { readonly kind: "answer"; readonly id: number; readonly value: unknown }
  | { readonly kind: "refusal"; readonly id: number; readonly error: CarriedError }
  /** The last one. */
  | { readonly kind: "ended"; readonly error: CarriedError | null };
