import type { BytesStore, ChangelogOffsets, StateBackend, TaskState } from "../contract/index.js";
import type { BackendSubject } from "./backend-subject.js";
import { stampAt } from "./rows.js";
import type { ConformanceTools } from "./tools.js";

/** What a test works on. After `restart` it has a new state and a new store. */
export interface TaskUnderTest {
  readonly backend: StateBackend;
  readonly state: TaskState;
  /** Its store "s". */
  readonly store: BytesStore;
  /** Freezes and commits, with stamp `stampAt(1)`. */
  commit(offsets?: ChangelogOffsets): Promise<void>;
  /** Closes the task, restarts the backend and opens the task again. */
  restart(): Promise<void>;
}

/** Declares a test on a fresh task. */
export type TaskTest = (name: string, body: (task: TaskUnderTest) => Promise<void>) => void;

class Task implements TaskUnderTest {
  readonly #subject: BackendSubject;
  backend: StateBackend;
  state: TaskState;
  store: BytesStore;

  constructor(subject: BackendSubject, backend: StateBackend, state: TaskState) {
    this.#subject = subject;
    this.backend = backend;
    this.state = state;
    this.store = state.store("s");
  }

  commit = async (offsets: ChangelogOffsets = new Map()): Promise<void> => {
    this.state.freeze();
    await this.state.commitFrozen(offsets, stampAt(1));
  };

  restart = async (): Promise<void> => {
    await this.state.close();
    this.backend = await this.#subject.restart(this.backend);
    this.state = await this.backend.open("0_0");
    this.store = this.state.store("s");
  };
}

/** The way to declare tests on tasks of `subject`. */
export const taskTest =
  ({ it }: ConformanceTools, subject: BackendSubject): TaskTest =>
  (name, body) => {
    it(name, async () => {
      const backend = await subject.create();
      const task = new Task(subject, backend, await backend.open("0_0"));
      try {
        await body(task);
      } finally {
        await subject.dispose(task.backend);
      }
    });
  };
