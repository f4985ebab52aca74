import { GroupProtocolError } from "@millrace/kafka-client";
import { abortable } from "@millrace/kernel";
import { unpreparedError } from "../model/index.js";
import type { GroupWait } from "./group-wait.js";
import { ApplicationShutdownError, TaskTimeoutError } from "./worker-errors.js";
import type { WorkerEvents } from "./worker-options.js";
import { isRecoverable, type WorkerRecovery } from "./worker-recovery.js";

export interface WorkerJudgementParts {
  readonly recovery: WorkerRecovery;
  readonly groupWait: GroupWait;
  /** Ends waiting. */
  readonly signal: AbortSignal;
  readonly onUncaught: WorkerEvents["onUncaught"];
  readonly askAllToShutDown: (cause: unknown) => Promise<void>;
}

/** What becomes of a worker whose turn has failed: it waits, starts over from its last commit, or ends (R4, R22). */
export class WorkerJudgement {
  readonly #parts: WorkerJudgementParts;

  constructor(parts: WorkerJudgementParts) {
    this.#parts = parts;
  }

  /** Gives what to start over from, which was `pending` before, or throws what ends the worker. */
  async of(error: unknown, pending: unknown): Promise<unknown> {
    const { recovery, groupWait, signal, onUncaught, askAllToShutDown } = this.#parts;
    let failure = error;
    const unprepared = unpreparedError(error);
    if (unprepared !== null) {
      // Met in the middle of a record: what it has done so far is undone, and done again with the serde prepared.
      try {
        await abortable(unprepared.prepareSerde(), signal);
        recovery.failed(error);
        return error;
      } catch (cause) {
        failure = cause;
      }
    }
    if (failure instanceof GroupProtocolError) {
      try {
        await groupWait.refused(failure);
        return pending;
      } catch (limit) {
        failure = limit;
      }
    } else if (isRecoverable(failure)) {
      try {
        recovery.failed(failure);
        return failure;
      } catch (limit) {
        if (!(limit instanceof TaskTimeoutError)) throw limit;
        failure = limit;
      }
    }
    if (failure instanceof ApplicationShutdownError) throw failure;
    const policy = onUncaught(failure);
    if (policy === "shutdown-application") await askAllToShutDown(failure);
    if (policy !== "replace-worker") throw failure;
    recovery.failed(failure);
    return failure;
  }
}
