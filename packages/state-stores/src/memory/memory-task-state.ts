import type { BytesStore, ChangelogOffsets, StateStamp, TaskState } from "../contract/index.js";
import { type CommitMark, NO_MARK } from "../engines/engine.js";
import { StateClosedError, StateMisuseError } from "../errors.js";
import { IteratorRegistry } from "../task/iterator-registry.js";
import type { TaskStateOwner } from "../task/task-state-owner.js";
import type { RestoredRows } from "../restoring/restored-rows.js";
import { JournaledRows } from "./journaled-rows.js";
import { MemoryStore } from "./memory-store.js";

/** What a task leaves on the heap when it is closed. */
export class MemoryTables {
  readonly rows = new Map<string, JournaledRows>();
  mark: CommitMark = NO_MARK;
  /** Mixed into the hashes of keys. */
  readonly seed: number;

  constructor(seed: number) {
    this.seed = seed;
  }
}

/** Task state on the heap. Every batch is applied before its call returns. */
export class MemoryTaskState implements TaskState {
  readonly engine = "memory";
  readonly #taskId: string;
  readonly #tables: MemoryTables;
  readonly #owner: TaskStateOwner;
  readonly #stores = new Map<string, MemoryStore>();
  readonly #iterators: IteratorRegistry;
  #frozen = false;
  #closed = false;

  constructor(taskId: string, tables: MemoryTables, owner: TaskStateOwner) {
    this.#taskId = taskId;
    this.#tables = tables;
    this.#owner = owner;
    this.#iterators = new IteratorRegistry(`State of task ${taskId}`);
  }

  store(name: string): BytesStore {
    this.#assertOpen();
    let store = this.#stores.get(name);
    if (store === undefined) {
      store = new MemoryStore(name, this.#rowsOf(name), this.#iterators);
      this.#stores.set(name, store);
    }
    return store;
  }

  offsets(): ChangelogOffsets {
    return this.#tables.mark.offsets;
  }

  stamp(): StateStamp | null {
    return this.#tables.mark.stamp;
  }

  get overlayBytes(): number {
    let bytes = 0;
    for (const rows of this.#tables.rows.values()) bytes += rows.runningBytes;
    return bytes;
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  get openIterators(): number {
    return this.#iterators.size;
  }

  freeze(): void {
    this.#assertOpen();
    if (this.#frozen) {
      throw new StateMisuseError(
        `Task ${this.#taskId} has a frozen overlay already. Commit or discard it before freezing the next.`,
      );
    }
    this.#frozen = true;
    for (const rows of this.#tables.rows.values()) rows.freeze();
  }

  async commitFrozen(offsets: ChangelogOffsets, stamp: StateStamp): Promise<void> {
    this.#assertOpen();
    if (!this.#frozen) {
      throw new StateMisuseError(
        `Task ${this.#taskId} has no frozen overlay. Call freeze() once before each commitFrozen().`,
      );
    }
    this.#frozen = false;
    for (const rows of this.#tables.rows.values()) rows.commitFrozen();
    this.#tables.mark = { offsets: new Map([...this.offsets(), ...offsets]), stamp };
  }

  discard(): void {
    this.#assertOpen();
    this.#takeBack();
  }

  async restore(store: string, rows: RestoredRows, changelog: string, offset: number): Promise<void> {
    this.#assertOpen();
    this.#rowsOf(store).restoreAll(rows);
    this.#tables.mark = { offsets: new Map([...this.offsets(), [changelog, offset]]), stamp: this.stamp() };
  }

  async spill(): Promise<void> {
    this.#assertOpen();
    for (const rows of this.#tables.rows.values()) rows.commitAll();
  }

  async wipe(): Promise<void> {
    this.#assertOpen();
    this.#iterators.closeAll();
    this.#frozen = false;
    for (const rows of this.#tables.rows.values()) rows.clear();
    this.#tables.mark = NO_MARK;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#iterators.shut();
    for (const store of this.#stores.values()) store.close();
    // Whoever opens the task again finds what was committed.
    this.#takeBack();
    this.#owner.closed(this.#taskId, this.#iterators.closeAll());
  }

  #takeBack(): void {
    this.#frozen = false;
    for (const rows of this.#tables.rows.values()) rows.discard();
  }

  #rowsOf(store: string): JournaledRows {
    let rows = this.#tables.rows.get(store);
    if (rows === undefined) {
      rows = new JournaledRows(this.#tables.seed);
      this.#tables.rows.set(store, rows);
    }
    return rows;
  }

  #assertOpen(): void {
    if (this.#closed) throw new StateClosedError(`State of task ${this.#taskId}`);
  }
}
