import type { BytesStore, ChangelogOffsets, StateStamp, TaskState } from "../contract/index.js";
import type { BatchPart, Engine, EngineBatch } from "../engines/engine.js";
import { StateClosedError, StateMisuseError, StateWriteError } from "../errors.js";
import type { RowMap } from "../overlay/row-map.js";
import type { RestoredRows } from "../restoring/restored-rows.js";
import { SortedRows } from "../restoring/sorted-rows.js";
import { IteratorRegistry } from "./iterator-registry.js";
import { LayeredStore } from "./layered-store.js";
import type { TaskStateOwner } from "./task-state-owner.js";

/** Overlays of several stores taken at the same moment. */
interface Generation {
  rows: readonly { readonly store: LayeredStore; readonly rows: RowMap }[];
  /** Its rows are part of a batch that cannot be called back. */
  writing: boolean;
}

/** Task state as layers of overlays over an engine. Batches are written one after the other, in the order of the calls. */
export class LayeredTaskState implements TaskState {
  readonly engine = "leveldb";
  readonly #taskId: string;
  readonly #engine: Engine;
  readonly #owner: TaskStateOwner;
  readonly #stores = new Map<string, LayeredStore>();
  readonly #iterators: IteratorRegistry;
  #frozen: Generation | null = null;
  /** A commit of the frozen overlay was asked for. */
  #committing = false;
  #writes: Promise<void> = Promise.resolve();
  #failure: StateWriteError | null = null;
  #closing: Promise<void> | null = null;

  constructor(taskId: string, engine: Engine, owner: TaskStateOwner) {
    this.#taskId = taskId;
    this.#engine = engine;
    this.#owner = owner;
    this.#iterators = new IteratorRegistry(`State of task ${taskId}`);
  }

  store(name: string): BytesStore {
    this.#assertOpen();
    let store = this.#stores.get(name);
    if (store === undefined) {
      store = new LayeredStore(name, this.#engine.table(name), this.#engine.countProbes, this.#iterators);
      this.#stores.set(name, store);
    }
    return store;
  }

  offsets(): ChangelogOffsets {
    return this.#engine.mark.offsets;
  }

  stamp(): StateStamp | null {
    return this.#engine.mark.stamp;
  }

  get overlayBytes(): number {
    let bytes = 0;
    for (const store of this.#stores.values()) bytes += store.running.bytes;
    return bytes;
  }

  get frozen(): boolean {
    return this.#frozen !== null;
  }

  get openIterators(): number {
    return this.#iterators.size;
  }

  freeze(): void {
    this.#assertOpen();
    if (this.#frozen !== null) {
      throw new StateMisuseError(
        `Task ${this.#taskId} has a frozen overlay already. Commit or discard it before freezing the next.`,
      );
    }
    this.#frozen = this.#take();
  }

  async commitFrozen(offsets: ChangelogOffsets, stamp: StateStamp): Promise<void> {
    this.#assertOpen();
    const frozen = this.#frozen;
    if (frozen === null || this.#committing) {
      const problem = frozen === null ? "has no frozen overlay" : "is committing its frozen overlay already";
      throw new StateMisuseError(`Task ${this.#taskId} ${problem}. Call freeze() once before each commitFrozen().`);
    }
    this.#committing = true;
    frozen.writing = true;
    await this.#enqueue(async () => {
      await this.#write(partsOf([frozen]), offsets, stamp);
      drop(frozen);
      this.#frozen = null;
      this.#committing = false;
    });
  }

  discard(): void {
    this.#assertOpen();
    for (const store of this.#stores.values()) store.forget();
    const frozen = this.#frozen;
    // What is being written will be there afterwards, so it stays visible.
    if (frozen === null || frozen.writing) return;
    drop(frozen);
    this.#frozen = null;
  }

  async restore(store: string, rows: RestoredRows, changelog: string, offset: number): Promise<void> {
    this.#assertOpen();
    const part: BatchPart = { store, rows: new SortedRows(rows) };
    await this.#enqueue(() => this.#write([part], new Map([[changelog, offset]]), this.stamp()));
  }

  async spill(): Promise<void> {
    this.#assertOpen();
    const generations: Generation[] = [];
    // Older rows first, lest a later commit of them overwrite newer ones.
    if (this.#frozen !== null && !this.#frozen.writing) generations.push(this.#frozen);
    generations.push(this.#take());
    for (const generation of generations) generation.writing = true;
    await this.#enqueue(async () => {
      const parts = partsOf(generations);
      if (parts.length > 0) await this.#write(parts, new Map(), this.stamp());
      for (const generation of generations) {
        drop(generation);
        generation.writing = this.#committing && generation === this.#frozen;
      }
    });
  }

  async wipe(): Promise<void> {
    this.#assertOpen();
    if (this.#frozen?.writing === true) {
      throw new StateMisuseError(`Task ${this.#taskId} is being committed. Await commitFrozen() before wipe().`);
    }
    this.discard();
    await this.#enqueue(async () => {
      this.#iterators.closeAll();
      await this.#engine.wipe();
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#iterators.shut();
    for (const store of this.#stores.values()) store.close();
    // A failed batch was reported to whoever asked for it.
    await this.#writes.catch(() => undefined);
    const leakedIterators = this.#iterators.closeAll();
    try {
      await this.#engine.close();
    } finally {
      this.#owner.closed(this.#taskId, leakedIterators);
    }
  }

  #take(): Generation {
    const rows: { store: LayeredStore; rows: RowMap }[] = [];
    for (const store of this.#stores.values()) {
      const taken = store.take();
      if (taken !== null) rows.push({ store, rows: taken });
    }
    return { rows, writing: false };
  }

  async #write(parts: readonly BatchPart[], offsets: ChangelogOffsets, stamp: StateStamp | null): Promise<void> {
    const merged = offsets.size === 0 ? this.offsets() : new Map([...this.offsets(), ...offsets]);
    const batch: EngineBatch = { parts, mark: { offsets: merged, stamp } };
    try {
      await this.#engine.write(batch);
    } catch (cause) {
      // Rows of a failed batch may not be overtaken by later ones, so this state writes no more.
      this.#failure = new StateWriteError(this.#taskId, { cause });
      throw this.#failure;
    }
  }

  #enqueue(write: () => Promise<void>): Promise<void> {
    const next = this.#writes.then(() => {
      if (this.#failure !== null) throw this.#failure;
      return write();
    });
    this.#writes = next.catch(() => undefined);
    return next;
  }

  #assertOpen(): void {
    if (this.#closing !== null) throw new StateClosedError(`State of task ${this.#taskId}`);
  }
}

const partsOf = (generations: readonly Generation[]): BatchPart[] =>
  generations.flatMap((generation) => generation.rows.map(({ store, rows }) => ({ store: store.name, rows })));

const drop = (generation: Generation): void => {
  for (const { store, rows } of generation.rows) store.drop(rows);
  generation.rows = [];
};
