import {
  tp,
  type GroupConsumer,
  type KafkaClient,
  type OffsetAndMetadata,
  type StreamsProducer,
  type TopicPartition,
} from "@millrace/kafka-client";
import type { Environment } from "@millrace/kernel";
import type { ClientSettings } from "./client-settings.js";
import type { ProducerCollector } from "./producer-collector.js";
import type { WorkerTask } from "./worker-task.js";

export interface CommitterOptions {
  readonly client: KafkaClient;
  readonly clientId: string;
  readonly settings: ClientSettings["producer"];
  /** Set under exactly-once only. */
  readonly transactionalId: string | null;
  /** How long offsets the group does not take are tried again (R4). */
  readonly taskTimeoutMs: number;
  /** After so long without an end the cluster aborts a transaction, that of a crashed instance for one. */
  readonly transactionTimeoutMs: number;
  readonly consumer: GroupConsumer;
  readonly collector: ProducerCollector;
  readonly environment: Environment;
  readonly clusterId: string;
  /** Told the offsets of each commit the group has taken. */
  readonly onCommitted: (positions: ReadonlyMap<TopicPartition, OffsetAndMetadata>) => void;
}

/**
 * Makes what tasks have done durable. A commit is a barrier for what came before it: everything sent is acknowledged,
 * then the offsets are committed, then the stores are written.
 */
export interface Committer {
  /** Opens the producer; under exactly-once fences earlier owners of its id and ends their transaction. */
  start(): Promise<void>;
  /** When it resolves, processing may go on; see `settled` for the rest. Tasks without work are left out. */
  commit(tasks: readonly WorkerTask[]): Promise<void>;
  /** Waits for what the last commit left running. Throws its failure, once. */
  settled(): Promise<void>;
  /** True while `settled` would wait. */
  readonly busy: boolean;
  /** True when the group could not take offsets of the last commit: poll, then commit again. */
  readonly unfinished: boolean;
  /**
   * Undoes what was not committed: the transaction is aborted (or, where it cannot be, its producer replaced, which
   * ends it one way or the other). Afterwards the changelogs no longer change.
   */
  rollBack(cause: unknown): Promise<void>;
  /** Leaves nothing pending. Call `commit` and `settled`, or `rollBack`, before. */
  close(): Promise<void>;
}

/** One commit's share of the work: the tasks that take part, and the offsets they have come to. */
export interface CommitSnapshot {
  readonly tasks: readonly WorkerTask[];
  readonly positions: Map<TopicPartition, OffsetAndMetadata>;
}

/** Initialises a producer, and closes it when that fails. */
export async function openProducer(producer: StreamsProducer, environment: Environment): Promise<StreamsProducer> {
  try {
    await producer.init();
    return producer;
  } catch (error) {
    await abandon(producer, environment);
    throw error;
  }
}

/** Waits for the asynchronous operators of the tasks: offsets of records on their way must not be committed. */
export async function finishCalls(tasks: readonly WorkerTask[]): Promise<void> {
  const waiting = tasks.filter((task) => task.running && task.core.isAsynchronous);
  // All at once, since each waits for services of its own. None goes on when another has failed and is stopped.
  const ends = await Promise.allSettled(waiting.map((task) => task.core.finishCalls()));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

/** Flushes caches, notes positions, freezes overlays and marks what was sent. Synchronous: nothing comes between. */
export function takeSnapshot(tasks: readonly WorkerTask[], collector: ProducerCollector): CommitSnapshot {
  const taking: WorkerTask[] = [];
  const positions = new Map<TopicPartition, OffsetAndMetadata>();
  for (const task of tasks) {
    if (!task.running || !task.core.commitNeeded) continue;
    task.core.prepareCommit();
    taking.push(task);
    for (const [partition, position] of task.core.positions()) positions.set(partition, position);
  }
  collector.assertSound();
  for (const task of taking) task.states.freeze();
  collector.tracker.mark();
  return { tasks: taking, positions };
}

/**
 * Where the changelogs stood at the snapshot: after the last record sent, or, for a source topic kept as a changelog,
 * at its position. Undefined for one that has not moved. The producer must have flushed.
 */
export function changelogOffsets(
  { positions }: CommitSnapshot,
  { tracker }: ProducerCollector,
): (topic: string, partition: number) => number | undefined {
  return (topic, partition) => tracker.markedOffset(topic, partition) ?? positions.get(tp(topic, partition))?.offset;
}

/** Closes a producer that may hang or fail; what it holds is given up. */
export async function abandon(producer: StreamsProducer, environment: Environment): Promise<void> {
  try {
    await producer.close();
  } catch (error) {
    environment.logger.debug("A producer that was given up did not close cleanly.", { error });
  }
}
