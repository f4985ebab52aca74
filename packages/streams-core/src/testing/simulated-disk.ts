import type { Environment } from "@millrace/kernel";
import { sleep } from "@millrace/kernel";
import {
  ALL_KEYS,
  memoryTaskState,
  type BytesStore,
  type ChangelogOffsets,
  type RestoredRows,
  type StateBackend,
  type StateStamp,
  type StoreKey,
  type TaskState,
} from "@millrace/state-stores";

type Rows = ReadonlyMap<string, ReadonlyMap<StoreKey, Uint8Array>>;

/** What of a task would be found after a crash. */
interface SavedTask {
  readonly rows: Rows;
  readonly offsets: ChangelogOffsets;
  readonly stamp: StateStamp | null;
}

/** A disk that outlives the lives of an instance. Batches are atomic, and take a while. */
export class SimulatedDisk {
  readonly tasks = new Map<string, SavedTask>();
  readonly instanceId: string;

  constructor(instanceId: string) {
    this.instanceId = instanceId;
  }

  /** The backend of one life. What a crashed life still tries to write comes never, as its scheduler stands still. */
  backend(environment: Environment, latencyMs: () => number): StateBackend {
    const { tasks, instanceId } = this;
    const open = new Set<TaskState>();
    return {
      engine: "leveldb",
      instanceId,
      async open(taskId) {
        const state = new SimulatedTaskState(taskId, tasks, () => sleep(environment.scheduler, latencyMs()));
        await state.load();
        open.add(state);
        return state;
      },
      tasks: async () => [...tasks.keys()].sort(),
      async remove(taskId) {
        tasks.delete(taskId);
      },
      async close() {
        await Promise.all([...open].map((state) => state.close()));
      },
    };
  }
}

class SimulatedTaskState implements TaskState {
  readonly engine = "leveldb";
  readonly #taskId: string;
  readonly #disk: Map<string, SavedTask>;
  readonly #latency: () => Promise<void>;
  readonly #inner: TaskState;
  readonly #stores = new Map<string, BytesStore>();
  #frozenRows: Rows = new Map();

  constructor(taskId: string, disk: Map<string, SavedTask>, latency: () => Promise<void>) {
    this.#taskId = taskId;
    this.#disk = disk;
    this.#latency = latency;
    this.#inner = memoryTaskState(taskId);
  }

  async load(): Promise<void> {
    const saved = this.#disk.get(this.#taskId);
    if (saved === undefined) return;
    for (const [name, rows] of saved.rows) for (const [key, value] of rows) this.store(name).put(key, value);
    this.#inner.freeze();
    await this.#inner.commitFrozen(saved.offsets, saved.stamp ?? { clusterId: "", committedAtMs: 0 });
  }

  store(name: string): BytesStore {
    const store = this.#inner.store(name);
    this.#stores.set(name, store);
    return store;
  }

  offsets(): ChangelogOffsets {
    return this.#inner.offsets();
  }

  stamp(): StateStamp | null {
    return this.#inner.stamp();
  }

  get overlayBytes(): number {
    return this.#inner.overlayBytes;
  }

  get frozen(): boolean {
    return this.#inner.frozen;
  }

  get openIterators(): number {
    return this.#inner.openIterators;
  }

  freeze(): void {
    this.#inner.freeze();
    this.#frozenRows = this.#allRows();
  }

  async commitFrozen(offsets: ChangelogOffsets, stamp: StateStamp): Promise<void> {
    const rows = this.#frozenRows;
    await this.#latency();
    this.#disk.set(this.#taskId, { rows, offsets: new Map([...this.offsets(), ...offsets]), stamp });
    await this.#inner.commitFrozen(offsets, stamp);
  }

  discard(): void {
    this.#inner.discard();
  }

  async restore(store: string, rows: RestoredRows, changelog: string, offset: number): Promise<void> {
    await this.#latency();
    await this.#inner.restore(store, rows, changelog, offset);
    this.#save();
  }

  async spill(): Promise<void> {
    await this.#latency();
    await this.#inner.spill();
    this.#save();
  }

  async wipe(): Promise<void> {
    await this.#inner.wipe();
    this.#disk.delete(this.#taskId);
  }

  async close(): Promise<void> {
    await this.#inner.close();
  }

  #save(): void {
    this.#disk.set(this.#taskId, { rows: this.#allRows(), offsets: this.offsets(), stamp: this.stamp() });
  }

  #allRows(): Rows {
    const rows = new Map<string, ReadonlyMap<StoreKey, Uint8Array>>();
    for (const [name, store] of this.#stores) {
      rows.set(name, new Map([...store.iterate(ALL_KEYS)].map(({ key, value }) => [key, value.slice()])));
    }
    return rows;
  }
}
