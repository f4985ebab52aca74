import type { TopicPartition } from "@millrace/kafka-client";
import type { TaskState } from "@millrace/state-stores";
import type { TaskChangelog } from "./stream-task.js";
import { changelogKey } from "./worker-states.js";
import type { WorkerTask } from "./worker-task.js";

/** Restoring one store of one task from its changelog partition. */
export class RestoreChangelog {
  readonly task: WorkerTask;
  readonly changelog: TaskChangelog;
  readonly partition: TopicPartition;
  readonly key: string;
  /** Restore up to here, exclusive. */
  readonly endOffset: number;
  position: number;
  restoredTotal = 0;
  /** The stored rows are so old that tombstones may have been compacted away: the first record found starts it anew. */
  stale = false;

  constructor(task: WorkerTask, changelog: TaskChangelog, partition: TopicPartition, range: RestoreRange) {
    this.task = task;
    this.changelog = changelog;
    this.partition = partition;
    this.key = changelogKey(partition.topic, partition.partition);
    this.position = range.startOffset;
    this.endOffset = range.endOffset;
  }

  get state(): TaskState {
    return this.changelog.state;
  }

  get done(): boolean {
    return this.position >= this.endOffset;
  }
}

export interface RestoreRange {
  readonly startOffset: number;
  readonly endOffset: number;
}
