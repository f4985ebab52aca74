import type { TopicPartition } from "@millrace/kafka-client";
import { RestoredRows, type TaskState } from "@millrace/state-stores";
import type { RestoreSubject } from "./restore-listener.js";
import type { TaskChangelog } from "./stream-task.js";
import { changelogKey, type WorkerStates } from "./worker-states.js";

/** A task as far as restoring goes: an active one that is not running yet, or a standby. */
export interface RestoredTask {
  readonly name: string;
  readonly states: WorkerStates;
  changelogs(): readonly TaskChangelog[];
}

/** Restoring one store of one task from its changelog partition. */
export class RestoreChangelog {
  readonly task: RestoredTask;
  readonly changelog: TaskChangelog;
  readonly partition: TopicPartition;
  readonly key: string;
  /** Restore up to here, exclusive. */
  endOffset: number;
  /** Rows before it are written, or being written. */
  position: number;
  restoredTotal = 0;
  /** The stored rows are so old that tombstones may have been compacted away: the first record found starts it anew. */
  stale = false;
  /** Read and not being written yet: those before `readOffset`, from `position` on. */
  rows = new RestoredRows();
  readOffset: number;
  /** The batch being written; never rejects. */
  writing: Promise<void> = Promise.resolve();
  failure: { readonly error: unknown } | null = null;

  constructor(task: RestoredTask, changelog: TaskChangelog, partition: TopicPartition, range: RestoreRange) {
    this.task = task;
    this.changelog = changelog;
    this.partition = partition;
    this.key = changelogKey(partition.topic, partition.partition);
    this.position = range.startOffset;
    this.readOffset = range.startOffset;
    this.endOffset = range.endOffset;
  }

  get state(): TaskState {
    return this.changelog.state;
  }

  get done(): boolean {
    return this.position >= this.endOffset;
  }

  get subject(): RestoreSubject {
    const { task, changelog } = this;
    return { store: changelog.store, taskId: task.name, topic: changelog.topic, partition: changelog.partition };
  }

  /** Waits for what is being written. Throws what went wrong with it. */
  async settled(): Promise<void> {
    await this.writing;
    this.throwFailure();
  }

  /** Throws what went wrong with what was written. */
  throwFailure(): void {
    if (this.failure !== null) throw this.failure.error;
  }
}

export interface RestoreRange {
  readonly startOffset: number;
  readonly endOffset: number;
}
