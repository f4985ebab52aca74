import { Deferred, type Scheduler } from "@millrace/kernel";
import type { KeyValue, StoreRangeIterator, ValueAndTimestamp } from "../../model/index.js";
import type { WatchedTask } from "../../runtime/task-listener.js";
import type { OpenStore } from "../../stores/index.js";
import type { ShowRow } from "../queries/shown-row.js";
import { ChangeBuffer, type ChangeBufferOptions } from "./change-buffer.js";
import type { StoreChange } from "./store-change.js";

type Change = StoreChange<unknown, unknown>;
type Rows = StoreRangeIterator<unknown, ValueAndTimestamp<unknown>>;

export interface ChangeFeedOptions extends ChangeBufferOptions {
  /** True: changes of tasks go out once they are committed; false, and of global stores: once they are written. */
  readonly committedOnly: boolean;
  readonly show: ShowRow;
  readonly openRows: (store: OpenStore) => Rows;
}

/** A task whose store is followed. */
interface Followed {
  readonly task: WatchedTask;
  readonly store: OpenStore;
  /** Written, and not committed yet. */
  readonly staged: ChangeBuffer;
  /** Its rows have not been looked at: what is written until then will be among them. */
  waiting: boolean;
}

/** What is told next, in this order: rows of a snapshot that are left, or changes. */
type Segment = { readonly task: WatchedTask; readonly rows: Rows } | { readonly changes: ChangeBuffer };

const PART_MAX = 1_024;

/**
 * The changes of one store for one who takes them: of each task the rows as they were when it was first looked at, then
 * what was written since. Snapshots are read when they are asked for; changes wait in bounded buffers.
 */
export class ChangeFeed {
  readonly #options: ChangeFeedOptions;
  readonly #followed = new Map<WatchedTask, Followed>();
  #segments: Segment[] = [];
  #wake: Deferred<void> | null = null;
  #end: { readonly error: unknown } | "done" | null = null;

  constructor(options: ChangeFeedOptions) {
    this.#options = options;
  }

  /** Follows the store of a task from now on. */
  follow(task: WatchedTask, store: OpenStore): void {
    if (this.#end !== null || this.#followed.has(task)) return;
    const followed: Followed = { task, store, staged: new ChangeBuffer(this.#options), waiting: true };
    this.#followed.set(task, followed);
    if (!this.#staged(task) || task.settled) this.#lookAt(followed);
  }

  committed(task: WatchedTask): void {
    const followed = this.#followed.get(task);
    if (followed === undefined || !this.#staged(task)) return;
    if (followed.waiting) this.#lookAt(followed);
    else this.#guarded(() => this.#pass(followed.staged.take()));
  }

  /** What it has not committed never was; what is left of its snapshot is not here any more. */
  forget(task: WatchedTask): void {
    if (!this.#followed.delete(task)) return;
    this.#dropSnapshots((segment) => segment.task === task);
  }

  changed(task: WatchedTask, key: unknown, value: unknown, timestamp: number): void {
    const followed = this.#followed.get(task);
    if (followed === undefined || followed.waiting || this.#end !== null) return;
    const shown = value === null ? null : this.#options.show({ value, timestamp });
    const change: Change = { kind: "update", key, value: shown, timestamp, partition: task.partition };
    this.#guarded(() => {
      if (this.#staged(task)) followed.staged.add(change);
      else this.#pass([change]);
    });
  }

  /**
   * All there is, until the end, a part at a time; others have their turn in between. Throws what made it fail, after what
   * was before it.
   */
  async *parts(scheduler: Scheduler): AsyncGenerator<readonly Change[], void, void> {
    for (let taken = await this.#take(); taken !== null; taken = await this.#take()) {
      for (let from = 0; from < taken.length; from += PART_MAX) {
        yield taken.slice(from, from + PART_MAX);
        await scheduler.yield();
      }
    }
  }

  /** What waits next, once there is something; null at the end. */
  async #take(): Promise<readonly Change[] | null> {
    for (;;) {
      const taken = this.#takeNow();
      if (taken.length > 0) return taken;
      if (this.#end === "done") return null;
      if (this.#end !== null) throw this.#end.error;
      this.#wake = new Deferred();
      await this.#wake.promise;
    }
  }

  /** No more is to come; what waits is still told. */
  finish(error?: unknown): void {
    if (this.#end !== null) return;
    this.#end = error === undefined ? "done" : { error };
    this.#followed.clear();
    this.#dropSnapshots(() => true);
    this.#wakeUp();
  }

  /** Nobody takes any more. */
  close(): void {
    this.finish();
    this.#segments = [];
  }

  #staged({ partition }: WatchedTask): boolean {
    return this.#options.committedOnly && partition !== null;
  }

  #takeNow(): readonly Change[] {
    for (;;) {
      const segment = this.#segments[0];
      if (segment === undefined) return [];
      const taken = "rows" in segment ? this.#rowsOf(segment) : segment.changes.take();
      if (taken.length > 0) return taken;
      this.#segments.shift();
    }
  }

  #rowsOf({ task, rows }: Extract<Segment, { readonly rows: Rows }>): readonly Change[] {
    const { partition } = task;
    const taken: Change[] = [];
    while (taken.length < PART_MAX) {
      const { done, value: row } = rows.next();
      if (done === true) break;
      taken.push(this.#snapshotRow(row, partition));
    }
    return taken;
  }

  #snapshotRow({ key, value: row }: KeyValue<unknown, ValueAndTimestamp<unknown>>, partition: number | null): Change {
    return { kind: "snapshot", key, value: this.#options.show(row), timestamp: row.timestamp, partition };
  }

  /** The rows as they are now: what is written from here on comes after them. */
  #lookAt(followed: Followed): void {
    followed.waiting = false;
    this.#guarded(() => {
      this.#segments.push({ task: followed.task, rows: this.#options.openRows(followed.store) });
      this.#wakeUp();
    });
  }

  #pass(changes: readonly Change[]): void {
    if (changes.length === 0) return;
    let last = this.#segments.at(-1);
    if (last === undefined || "rows" in last) {
      last = { changes: new ChangeBuffer(this.#options) };
      this.#segments.push(last);
    }
    for (const change of changes) last.changes.add(change);
    this.#wakeUp();
  }

  /** It is called from within the task's turn, which what goes wrong here is no matter of. */
  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.finish(error);
    }
  }

  #dropSnapshots(isGone: (segment: { readonly task: WatchedTask }) => boolean): void {
    const kept: Segment[] = [];
    for (const segment of this.#segments) {
      if ("rows" in segment && isGone(segment)) segment.rows.return();
      else kept.push(segment);
    }
    this.#segments = kept;
  }

  #wakeUp(): void {
    this.#wake?.resolve();
    this.#wake = null;
  }
}
