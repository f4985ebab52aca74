import type { StateBackend } from "../contract/index.js";

/** A kind of backend under test. */
export interface BackendSubject {
  /** A backend with no state. */
  create(): Promise<StateBackend>;
  /** The backend as an app finds it after a restart, all its tasks being closed. An engine that keeps nothing across restarts returns it as it is. */
  restart(backend: StateBackend): Promise<StateBackend>;
  /** Closes the backend and deletes what it kept. */
  dispose(backend: StateBackend): Promise<void>;
}
