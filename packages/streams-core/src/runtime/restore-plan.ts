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

/** A state's changelogs, and what the cluster says of them. */
interface StateToPrepare {
  readonly items: readonly PlannedChangelog[];
  readonly topicIds: ReadonlyMap<string, string>;
  readonly endOf: (item: PlannedChangelog) => number;
}

/**
 * Decides from where to where each store is restored, and whether what is stored can be built upon: state of another
 * cluster, ahead of its changelog, or of a changelog that was deleted and made anew, is wiped.
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
    const topicIds = await this.#topicIds(planned);
    for (const task of tasks) {
      for (const state of task.states.all) {
        const items = planned.filter(({ changelog }) => changelog.state === state);
        await this.#prepareState(task, state, { items, topicIds, endOf });
      }
    }
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

  /** Of changelogs of states that outlive the process, where the cluster tells. */
  async #topicIds(planned: readonly PlannedChangelog[]): Promise<ReadonlyMap<string, string>> {
    const lasting = planned.filter(({ changelog }) => changelog.state.engine !== "memory");
    const ids = new Map<string, string>();
    if (lasting.length === 0) return ids;
    const topics = await this.#options.admin.describeTopics([
      ...new Set(lasting.map(({ changelog }) => changelog.topic)),
    ]);
    for (const [topic, info] of topics) if (info?.topicId !== undefined) ids.set(topic, info.topicId);
    return ids;
  }

  /** Wipes a state that cannot be built upon, and stamps one that is new. */
  async #prepareState(task: RestoredTask, state: TaskState, facts: StateToPrepare): Promise<void> {
    const { clusterId, environment } = this.#options;
    const stamp = state.stamp();
    const reason = stamp === null ? null : this.#reasonToWipe(stamp, facts);
    if (stamp !== null && reason === null) return;
    if (reason !== null) {
      environment.logger.warn(`Stored state ${reason}: it is wiped and restored.`, { task: task.name, clusterId });
    }
    const notes: Record<string, string> = {};
    for (const { changelog } of facts.items) {
      const id = facts.topicIds.get(changelog.topic);
      if (id !== undefined) notes[noteOf(changelog.topic)] = id;
    }
    await wipeState(state, { clusterId, committedAtMs: environment.clock.nowMs(), notes });
  }

  #reasonToWipe(stamp: StateStamp, { items, topicIds, endOf }: StateToPrepare): string | null {
    if (stamp.clusterId !== this.#options.clusterId) return `belongs to cluster ${stamp.clusterId}`;
    for (const { changelog } of items) {
      const noted = stamp.notes?.[noteOf(changelog.topic)];
      const id = topicIds.get(changelog.topic);
      if (noted !== undefined && id !== undefined && noted !== id) {
        return `is of a topic ${changelog.topic} that was deleted and made anew since`;
      }
    }
    const ahead = items.some((item) => storedOffset(item) > endOf(item));
    return ahead ? "is ahead of its changelog, which was deleted or cut" : null;
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

/** Deletes everything but the notes and writes the stamp alone, so that what is restored next is known to be of this cluster. */
export async function wipeState(state: TaskState, stamp: StateStamp): Promise<void> {
  const notes = stamp.notes ?? state.stamp()?.notes;
  await state.wipe();
  state.freeze();
  await state.commitFrozen(NO_OFFSETS, notes === undefined ? stamp : { ...stamp, notes });
}

function noteOf(topic: string): string {
  return `topic-id:${topic}`;
}

function storedOffset({ changelog, partition }: PlannedChangelog): number {
  return changelog.state.offsets().get(changelogKey(partition.topic, partition.partition)) ?? -1;
}
