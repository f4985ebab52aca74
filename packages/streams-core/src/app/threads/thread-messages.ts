import type { MetricValue } from "@millrace/kernel";
import type { RestoreSubject } from "../../runtime/restore-listener.js";
import type { GroupMembership } from "../app-life.js";
import type { StreamsAppOptions } from "../app-options.js";
import type { AppState } from "../app-state.js";
import type { CarriedError } from "./thread-errors.js";

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
  | { readonly kind: "metrics"; readonly id: number }
  | { readonly kind: "caught-up"; readonly id: number };

/** What a question is answered with. */
export interface ThreadAnswers {
  readonly metrics: readonly MetricValue[];
  /** Grows with each record processed and each commit. */
  readonly "caught-up": number;
}

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
