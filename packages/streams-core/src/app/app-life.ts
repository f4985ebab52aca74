import { Deferred, timedOut, within, type Environment, type Timer } from "@millrace/kernel";
import type { RestoreListener } from "../runtime/restore-listener.js";
import { AppClosedError, AppStateError } from "./app-errors.js";
import { AppStateMachine, type AppState } from "./app-state.js";
import { Listeners } from "./listeners.js";
import { closeOnSignals } from "./signals.js";

/** Hears of every change of state, right after it. */
export type StateListener = (state: AppState, previous: AppState) => void;

/** Whether the group hands an app's tasks to others at once, or waits for its session to end. */
export type GroupMembership = "leave" | "remain";

export interface CloseOptions {
  /** How long to wait for a clean end, in ms. Default: until it is done. */
  readonly timeoutMs?: number;
  /**
   * "leave": the group hands this app's tasks to others at once. "remain": it waits for the session to end, so that a
   * restart finds its tasks where they were (KIP-1153). Default: "remain" with a `groupInstanceId`, else "leave".
   */
  readonly groupMembership?: GroupMembership;
}

/** What an app does between its start and its end. */
export interface AppWork {
  /** Runs until `stop()` or a failure; rejects with the failure. Everything is closed then. */
  run(): Promise<void>;
  /** Ends `run` soon; null: the group is left, except by static members. */
  stop(groupMembership: GroupMembership | null): void;
  pause(): void;
  resume(): void;
  /** The process may end before `run` does: nobody waits for it any more. */
  release?(): void;
}

/** Told by the work; calls are synchronous. */
export interface AppEvents {
  /** Everything this app has to run runs. */
  onRunning(): void;
  onRebalancing(): void;
  /** A failure that ends the app; what follows is clearing up. The same one may be told again. */
  onFailure(error: unknown): void;
  /** Something the app goes on from. */
  onError(error: unknown): void;
  readonly restore: Required<RestoreListener>;
}

export interface AppLifeOptions<W extends AppWork> {
  readonly applicationId: string;
  readonly environment: Environment;
  /** True: SIGINT and SIGTERM close the app. */
  readonly handleSignals: boolean;
  readonly signalCloseTimeoutMs: number;
  /** Called once, at the start. */
  readonly makeWork: (events: AppEvents) => W;
}

/** The life of an app, whatever its work is: its states, who hears of them, and how it starts and ends (R5). */
export class AppLife<W extends AppWork> {
  readonly #options: AppLifeOptions<W>;
  readonly #machine: AppStateMachine;
  readonly #stateListeners: Listeners<StateListener>;
  readonly #errorListeners: Listeners<(error: unknown) => void>;
  readonly #restoreListeners: Listeners<RestoreListener>;
  readonly #started = new Deferred<void>();
  #work: W | null = null;
  /** Keeps the process alive from start to close. */
  #hold: Timer | null = null;
  #failed = false;
  #paused = false;
  #ended: Promise<void> = Promise.resolve();

  constructor(options: AppLifeOptions<W>) {
    this.#options = options;
    const { logger } = options.environment;
    this.#stateListeners = new Listeners(logger);
    this.#errorListeners = new Listeners(logger);
    this.#restoreListeners = new Listeners(logger);
    this.#machine = new AppStateMachine((state, previous) =>
      this.#stateListeners.each((listener) => listener(state, previous)),
    );
    // Who does not wait for start() hears of a failure from onError.
    this.#started.promise.catch(() => undefined);
  }

  get state(): AppState {
    return this.#machine.state;
  }

  /** Null before the start. */
  get work(): W | null {
    return this.#work;
  }

  /** The work; null unless the app runs. */
  get runningWork(): W | null {
    return this.state === "RUNNING" || this.state === "REBALANCING" ? this.#work : null;
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  /**
   * Resolves when the work runs. Rejects with what made it fail, with AppClosedError when it was closed before, and with
   * AppStateError when it was started before.
   */
  start(): Promise<void> {
    if (this.state !== "CREATED") {
      return Promise.reject(new AppStateError(`The app is ${this.state} and cannot be started. Make another one.`));
    }
    // Before listeners hear of it: one that closes the app waits for this end.
    const ended = new Deferred<void>();
    this.#ended = ended.promise;
    this.#machine.to("REBALANCING");
    void this.#live().finally(() => ended.resolve());
    return this.#started.promise;
  }

  /** True when the work ended in time; else it goes on in the background. Safe to call in any state, and again. */
  async close({ timeoutMs, groupMembership }: CloseOptions = {}): Promise<boolean> {
    if (this.state === "CREATED") {
      this.#machine.to("PENDING_SHUTDOWN");
      this.#machine.to("NOT_RUNNING");
      return true;
    }
    if (this.#machine.try("PENDING_SHUTDOWN")) this.#work?.stop(groupMembership ?? null);
    if (timeoutMs === undefined) {
      await this.#ended;
      return true;
    }
    const { scheduler } = this.#options.environment;
    const inTime = (await within(scheduler, timeoutMs, this.#ended)) !== timedOut;
    if (!inTime) {
      this.#hold?.cancel();
      this.#work?.release?.();
    }
    return inTime;
  }

  /** Possible in any state, and before the start. */
  pause(): void {
    this.#paused = true;
    this.#work?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#work?.resume();
  }

  /** What to throw when the app does not run. */
  notRunning(purpose: string): AppStateError {
    return new AppStateError(`The app is ${this.state}. Wait for start() before ${purpose}.`);
  }

  /** Resolves when no work is left; rejects with AppStateError when there may be some to come. */
  async over(purpose: string): Promise<void> {
    if (this.#machine.isAlive) throw new AppStateError(`The app is ${this.state}. Close it before ${purpose}.`);
    await this.#ended;
  }

  /** Returns how to unsubscribe. */
  onStateChange(listener: StateListener): () => void {
    return this.#stateListeners.add(listener);
  }

  /** Returns how to unsubscribe. */
  onError(listener: (error: unknown) => void): () => void {
    return this.#errorListeners.add(listener);
  }

  /** Returns how to unsubscribe. */
  onRestore(listener: RestoreListener): () => void {
    return this.#restoreListeners.add(listener);
  }

  async #live(): Promise<void> {
    const { environment, handleSignals, signalCloseTimeoutMs, makeWork } = this.#options;
    this.#hold = environment.scheduler.hold();
    const stopSignals = handleSignals
      ? closeOnSignals(() => this.close({ timeoutMs: signalCloseTimeoutMs }))
      : () => {};
    try {
      if (this.state === "REBALANCING") {
        this.#work = makeWork(this.#events());
        if (this.#paused) this.#work.pause();
        await this.#work.run();
      }
      this.#machine.try("NOT_RUNNING");
      this.#started.reject(new AppClosedError("The app was closed before it was running."));
    } catch (error) {
      this.#fail(error);
      this.#machine.try("ERROR");
      this.#machine.try("NOT_RUNNING");
      this.#started.reject(error);
    } finally {
      stopSignals();
      this.#hold.cancel();
    }
  }

  /** Reports a failure, once. */
  #fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#machine.try("PENDING_ERROR");
    const { applicationId, environment } = this.#options;
    environment.logger.error("The app has failed and closes.", { applicationId, error });
    this.#report(error);
  }

  #report(error: unknown): void {
    this.#errorListeners.each((listener) => listener(error));
  }

  #events(): AppEvents {
    const restoring = this.#restoreListeners;
    return {
      onRunning: () => {
        if (this.#machine.try("RUNNING")) this.#started.resolve();
      },
      onRebalancing: () => {
        this.#machine.try("REBALANCING");
      },
      onFailure: (error) => this.#fail(error),
      onError: (error) => this.#report(error),
      restore: {
        onRestoreStart: (...args) => restoring.each((listener) => listener.onRestoreStart?.(...args)),
        onRestoreBatch: (...args) => restoring.each((listener) => listener.onRestoreBatch?.(...args)),
        onRestoreEnd: (...args) => restoring.each((listener) => listener.onRestoreEnd?.(...args)),
      },
    };
  }
}
