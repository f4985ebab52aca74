import { tp, type OffsetAndMetadata, type StreamsAdmin, type TopicPartition } from "@millrace/kafka-client";
import type { Environment } from "@millrace/kernel";
import type { StateStamp, TaskState } from "@millrace/state-stores";
import { RestoreChangelog, type RestoredTask } from "./restore-changelog.js";
import type { TaskChangelog } from "./stream-task.js";
import { changelogKey } from "./worker-states.js";

/** Kafka's own default of `delete.retention.ms`: a day. */
const DELETE_RETENTION_MS = 86_400_000;
const NO_OFFSETS: ReadonlyMap<string, number> = new Map();

export interface RestorePlannerOptions {
  readonly admin: StreamsAdmin;
  readonly clusterId: string;
  readonly environment: Environment;
}

interface PlannedChangelog {
  readonly task: RestoredTask;
  readonly changelog: TaskChangelog;
  readonly partition: TopicPartition;
}

/**
 * Decides from where to where each store is restored, and whether what is stored can be built upon: state of another
 * cluster, or ahead of its changelog, is wiped.
 */
export class RestorePlanner {
  readonly #options: RestorePlannerOptions;

  constructor(options: RestorePlannerOptions) {
    this.#options = options;
  }

  /**
   * What is left to restore. `committed` are the group's offsets of the tasks' partitions, read before: the ends are
   * read here, after them (architecture: the changelog's end is the high watermark, never the last stable offset).
   */
  async plan(
    tasks: readonly RestoredTask[],
    committed: ReadonlyMap<TopicPartition, OffsetAndMetadata | null>,
  ): Promise<readonly RestoreChangelog[]> {
    const planned = tasks.flatMap((task) =>
      task.changelogs().map((changelog) => ({ task, changelog, partition: tp(changelog.topic, changelog.partition) })),
    );
    const partitions = planned.map(({ partition }) => partition);
    const { admin } = this.#options;
    const ends = await admin.listOffsets(partitions, "latest", "read_uncommitted");
    const begins = await admin.listOffsets(partitions, "earliest", "read_uncommitted");
    const endOf = ({ changelog, partition }: PlannedChangelog): number => {
      const end = ends.get(partition) ?? 0;
      return changelog.sourceIsChangelog ? Math.min(end, committed.get(partition)?.offset ?? 0) : end;
    };
    await this.#prepareStates(tasks, planned, endOf);
    const retentionMs = await this.#deleteRetentions(planned);
    return planned.map((item) => {
      const { task, changelog, partition } = item;
      const stored = changelog.state.offsets().get(changelogKey(partition.topic, partition.partition));
      const range = { startOffset: stored ?? begins.get(partition) ?? 0, endOffset: endOf(item) };
      const restore = new RestoreChangelog(task, changelog, partition, range);
      const ageMs = this.#options.environment.clock.nowMs() - (changelog.state.stamp()?.committedAtMs ?? Infinity);
      restore.stale = stored !== undefined && ageMs > (retentionMs.get(partition.topic) ?? DELETE_RETENTION_MS);
      return restore;
    });
  }

  /** Wipes states that cannot be built upon, and stamps those that are new. */
  async #prepareStates(
    tasks: readonly RestoredTask[],
    planned: readonly PlannedChangelog[],
    endOf: (item: PlannedChangelog) => number,
  ): Promise<void> {
    for (const task of tasks) {
      for (const state of task.states.all) {
        const ahead = planned.some((item) => item.changelog.state === state && storedOffset(item) > endOf(item));
        await this.#prepareState(task, state, ahead);
      }
    }
  }

  async #prepareState(task: RestoredTask, state: TaskState, ahead: boolean): Promise<void> {
    const { clusterId, environment } = this.#options;
    const stamp = state.stamp();
    if (stamp !== null && stamp.clusterId === clusterId && !ahead) return;
    if (stamp !== null) {
      const foreign = stamp.clusterId !== clusterId;
      const reason = foreign
        ? `belongs to cluster ${stamp.clusterId}`
        : "is ahead of its changelog, which was deleted or cut";
      environment.logger.warn(`Stored state ${reason}: it is wiped and restored.`, { task: task.name, clusterId });
    }
    await wipeState(state, { clusterId, committedAtMs: environment.clock.nowMs() });
  }

  /** `delete.retention.ms` of the changelogs that have stored offsets. */
  async #deleteRetentions(planned: readonly PlannedChangelog[]): Promise<ReadonlyMap<string, number>> {
    const topics = new Set(planned.filter((item) => storedOffset(item) >= 0).map(({ partition }) => partition.topic));
    const retentions = new Map<string, number>();
    if (topics.size === 0) return retentions;
    for (const [topic, config] of await this.#options.admin.topicConfigs([...topics])) {
      retentions.set(topic, Number(config["delete.retention.ms"] ?? DELETE_RETENTION_MS));
    }
    return retentions;
  }
}

/** Deletes everything and writes the stamp alone, so that what is restored next is known to be of this cluster. */
export async function wipeState(state: TaskState, stamp: StateStamp): Promise<void> {
  await state.wipe();
  state.freeze();
  await state.commitFrozen(NO_OFFSETS, stamp);
}

function storedOffset({ changelog, partition }: PlannedChangelog): number {
  return changelog.state.offsets().get(changelogKey(partition.topic, partition.partition)) ?? -1;
}
