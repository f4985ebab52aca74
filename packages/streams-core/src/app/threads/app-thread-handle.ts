import { Worker, type WorkerOptions } from "node:worker_threads";
import { Deferred } from "@millrace/kernel";
import type { RestoreListener } from "../../runtime/restore-listener.js";
import { AppClosedError, AppOptionsError } from "../app-errors.js";
import type { AppState } from "../app-state.js";
import { AppThreadError, arrivedError } from "./thread-errors.js";
import type { ThreadAnswer, ThreadData, ThreadQuestions, ThreadReport, ThreadRequest } from "./thread-messages.js";

/** Told by a thread. */
export interface ThreadEvents {
  onState(state: AppState): void;
  /** Something its app goes on from. */
  onError(error: unknown): void;
  readonly restore: Required<RestoreListener>;
}

export interface ThreadOptions {
  readonly index: number;
  readonly data: ThreadData;
  readonly worker: Pick<WorkerOptions, "execArgv" | "resourceLimits">;
  readonly events: ThreadEvents;
}

/** One thread of an app, as the app's own thread sees it. */
export class AppThreadHandle {
  readonly index: number;
  readonly #events: ThreadEvents;
  readonly #worker: Worker;
  readonly #ended = new Deferred<void>();
  readonly #questions = new Map<number, Deferred<unknown>>();
  #lastQuestion = 0;
  #failure: unknown = null;
  #reportedEnd = false;
  #state: AppState = "CREATED";
  #tasks: readonly string[] = [];

  /** Starts the thread. Throws AppOptionsError when its data holds something that cannot cross. */
  constructor({ index, data, worker, events }: ThreadOptions) {
    this.index = index;
    this.#events = events;
    this.#worker = startWorker(index, data, worker);
    this.#worker.on("message", (report: ThreadReport) => this.#take(report));
    this.#worker.on("error", (error: unknown) => {
      this.#failure ??= new AppThreadError(index, `Thread ${index} of the app died: ${reasonOf(error)}`, {
        cause: error,
      });
    });
    this.#worker.on("exit", (code) => this.#end(code));
    this.#ended.promise.catch(() => undefined);
  }

  get state(): AppState {
    return this.#state;
  }

  /** Names of its tasks when its state changed last. */
  get tasks(): readonly string[] {
    return this.#tasks;
  }

  /** Resolves when the thread has ended as it was told; rejects with AppThreadError when it failed or died. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  tell(request: Extract<ThreadRequest, { readonly kind: "close" | "pause" | "resume" | "leave-rows" }>): void {
    this.#worker.postMessage(request);
  }

  /** Rejects with AppClosedError when the thread ends before it has answered. */
  async ask<K extends keyof ThreadQuestions>(kind: K, what: ThreadQuestions[K]["ask"] = {}): Promise<ThreadAnswer<K>> {
    if (this.#ended.settled) throw new AppClosedError(`Thread ${this.index} of the app has ended.`);
    const id = ++this.#lastQuestion;
    const question = new Deferred<unknown>();
    this.#questions.set(id, question);
    this.#worker.postMessage({ kind, id, ...what });
    return (await question.promise) as ThreadAnswer<K>;
  }

  /** The process may end while the thread still runs. */
  release(): void {
    this.#worker.unref();
  }

  #take(report: ThreadReport): void {
    switch (report.kind) {
      case "state":
        this.#state = report.state;
        this.#tasks = report.tasks;
        this.#events.onState(report.state);
        break;
      case "error":
        this.#events.onError(arrivedError(this.index, report.error));
        break;
      case "restore":
        this.#events.restore[report.step](report.subject, report.first, report.second);
        break;
      case "restored":
        this.#events.restore.onRestoreEnd(report.subject, report.total, report.interrupted);
        break;
      case "answer":
        this.#settle(report.id, (question) => question.resolve(report.value));
        break;
      case "refusal":
        this.#settle(report.id, (question) => question.reject(arrivedError(this.index, report.error)));
        break;
      case "ended":
        this.#reportedEnd = true;
        if (report.error !== null) this.#failure ??= arrivedError(this.index, report.error);
        break;
    }
  }

  #settle(id: number, settle: (question: Deferred<unknown>) => void): void {
    const question = this.#questions.get(id);
    this.#questions.delete(id);
    if (question !== undefined) settle(question);
  }

  #end(code: number): void {
    if (!this.#reportedEnd && this.#failure === null) {
      this.#failure = new AppThreadError(
        this.index,
        `Thread ${this.index} of the app ended with exit code ${code} before it was told to. ` +
          `Look for process.exit() in the code it runs.`,
      );
    }
    for (const question of this.#questions.values()) {
      question.reject(new AppClosedError(`Thread ${this.index} of the app ended before it answered.`));
    }
    this.#questions.clear();
    if (this.#failure === null) this.#ended.resolve();
    else this.#ended.reject(this.#failure);
  }
}

function startWorker(index: number, data: ThreadData, options: ThreadOptions["worker"]): Worker {
  // Where the sources run as they are, so does this one.
  const file = import.meta.url.endsWith(".ts") ? "./app-thread.ts" : "./app-thread.js";
  try {
    return new Worker(new URL(file, import.meta.url), {
      ...options,
      name: `${data.options.applicationId}-${index}`,
      workerData: data,
    });
  } catch (cause) {
    if (!(cause instanceof DOMException) || cause.name !== "DataCloneError") throw cause;
    throw new AppOptionsError(
      `An option or setting cannot cross to another thread: ${cause.message} ` +
        `Have the module export it, from client() or options().`,
      { cause },
    );
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
