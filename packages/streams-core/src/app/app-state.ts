import { AppStateError } from "./app-errors.js";

/**
 * Where an app is in its life (R5).
 *
 *     CREATED -> REBALANCING <-> RUNNING -> PENDING_SHUTDOWN -> NOT_RUNNING
 *                     either of the two -> PENDING_ERROR -> ERROR
 */
export type AppState =
  "CREATED" | "REBALANCING" | "RUNNING" | "PENDING_SHUTDOWN" | "NOT_RUNNING" | "PENDING_ERROR" | "ERROR";

const next: Readonly<Record<AppState, readonly AppState[]>> = {
  CREATED: ["REBALANCING", "PENDING_SHUTDOWN"],
  REBALANCING: ["RUNNING", "PENDING_SHUTDOWN", "PENDING_ERROR"],
  RUNNING: ["REBALANCING", "PENDING_SHUTDOWN", "PENDING_ERROR"],
  PENDING_SHUTDOWN: ["NOT_RUNNING"],
  PENDING_ERROR: ["ERROR"],
  NOT_RUNNING: [],
  ERROR: [],
};

/** Holds the state and lets through legal transitions only. */
export class AppStateMachine {
  readonly #onChange: (state: AppState, previous: AppState) => void;
  #state: AppState = "CREATED";

  constructor(onChange: (state: AppState, previous: AppState) => void) {
    this.#onChange = onChange;
  }

  get state(): AppState {
    return this.#state;
  }

  /** False before the start, and after the end. */
  get isAlive(): boolean {
    return this.#state !== "CREATED" && next[this.#state].length > 0;
  }

  can(state: AppState): boolean {
    return next[this.#state].includes(state);
  }

  /** Throws AppStateError for an illegal transition. */
  to(state: AppState): void {
    const previous = this.#state;
    if (!this.can(state)) throw new AppStateError(`The app is ${previous} and cannot become ${state}.`);
    this.#state = state;
    this.#onChange(state, previous);
  }

  /** Goes there if that is legal; true when it did. */
  try(state: AppState): boolean {
    const legal = this.can(state);
    if (legal) this.to(state);
    return legal;
  }
}
