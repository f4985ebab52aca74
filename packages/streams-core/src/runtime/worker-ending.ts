import type { GroupConsumer } from "@millrace/kafka-client";
import type { Environment } from "@millrace/kernel";
import type { Committer } from "./committer.js";
import type { StandbyTasks } from "./standby-tasks.js";
import type { Restorer } from "./restorer.js";
import type { TaskManager } from "./task-manager.js";

/** What a worker has open. */
export interface WorkerParts {
  readonly tasks: TaskManager;
  readonly committer: Committer;
  readonly restorer: Restorer;
  readonly standbys: StandbyTasks;
  readonly consumer: GroupConsumer;
  readonly environment: Environment;
  /** Whether the group is told that the member goes. */
  readonly leave: boolean;
}

const COMMIT_TRIES = 5;

/** Commits all; `poll` lets the group finish a rebalance the commit has to wait for. */
export async function commitForGood(parts: WorkerParts, poll: () => Promise<void>): Promise<void> {
  const { committer, tasks } = parts;
  for (let attempt = 1; attempt <= COMMIT_TRIES; attempt++) {
    await committer.commit(tasks.tasks);
    await committer.settled();
    if (!committer.unfinished) break;
    await poll();
  }
}

/** Closes everything after a last commit. */
export async function closeParts({
  tasks,
  committer,
  restorer,
  standbys,
  consumer,
  leave,
}: WorkerParts): Promise<void> {
  await restorer.close();
  await standbys.close();
  await tasks.close(tasks.tasks);
  await consumer.close({ leave });
  await committer.close();
}

/** Closes without committing; what goes wrong on the way is logged, for the first failure is what matters. */
export async function giveUp(parts: WorkerParts, cause: unknown): Promise<void> {
  const { tasks, committer, restorer, standbys, consumer, leave, environment } = parts;
  const steps: readonly (() => Promise<void>)[] = [
    async () => tasks.stop(tasks.tasks),
    () => committer.rollBack(cause),
    () => restorer.close(),
    () => standbys.close(),
    () => tasks.close(tasks.tasks),
    () => consumer.close({ leave }),
    () => committer.close(),
  ];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      environment.logger.warn("Closing after a failure met another one.", { error });
    }
  }
}
