import { tp, type StreamsAdmin, type TopicPartition } from "@millrace/kafka-client";
import type { Logger } from "@millrace/kernel";
import { taskIdText, type TaskId } from "../model/index.js";
import type { WorkerPlan } from "./worker-plan.js";

const NOTHING_KNOWN: ReadonlyMap<string, number> = new Map();

/**
 * Sums of the ends of tasks' changelogs, by task name: what a copy of their state can reach. A source topic that is its
 * own changelog counts up to the committed offset (R14). Where the cluster does not answer, nothing is known: the tasks
 * are then assigned by what the members say alone.
 */
export async function changelogEnds(
  tasks: readonly TaskId[],
  plan: WorkerPlan,
  admin: StreamsAdmin,
  logger: Logger,
): Promise<ReadonlyMap<string, number>> {
  const partitions = tasks.flatMap(({ subtopology, partition }) =>
    plan.changelogsOf(subtopology).map(({ topic, isSource }) => ({ partition: tp(topic, partition), isSource })),
  );
  try {
    const ends = await admin.listOffsets(
      partitions.map(({ partition }) => partition),
      "latest",
      "read_uncommitted",
    );
    const fromSources = partitions.some(({ isSource }) => isSource);
    const committed = fromSources ? await admin.groupOffsets(plan.applicationId) : null;
    const endOf = (partition: TopicPartition, isSource: boolean): number => {
      const end = ends.get(partition) ?? 0;
      return isSource ? Math.min(end, committed?.get(partition)?.offset ?? 0) : end;
    };
    return new Map(
      tasks.map((id) => [
        taskIdText(id),
        plan
          .changelogsOf(id.subtopology)
          .reduce((sum, { topic, isSource }) => sum + endOf(tp(topic, id.partition), isSource), 0),
      ]),
    );
  } catch (error) {
    logger.warn("The ends of the changelogs could not be read; tasks are assigned without them.", { error });
    return NOTHING_KNOWN;
  }
}
