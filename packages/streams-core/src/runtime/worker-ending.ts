import type { GroupConsumer } from "@millrace/kafka-client";
import type { Environment } from "@millrace/kernel";
import type { Committer } from "./committer.js";
import type { StandbyTasks } from "./standby-tasks.js";
import type { Restorer } from "./restorer.js";
import type { TaskManager } from "./task-manager.js";
import type { CaughtUpWatch } from "./worker-caught-up.js";
import { isRecoverable } from "./worker-recovery.js";

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

/** How a worker ends that was told to stop. */
export interface LastTurn {
  /** What the last turn failed with, if it has not been started over from; else null. */
  readonly failed: unknown;
  readonly poll: () => Promise<void>;
  /** True: poll before the last commit. */
  readonly commitWaits: () => boolean;
  readonly caughtUp: CaughtUpWatch;
}

/**
 * Commits and closes. A last commit that the cluster does not take is no failure of the app: its work is done again at the
 * next start.
 */
export async function finish(parts: WorkerParts, { failed, poll, commitWaits, caughtUp }: LastTurn): Promise<void> {
  try {
    // A turn that failed has left what only a start-over undoes: committed now, it would be done by halves.
    if (failed !== null) throw failed;
    while (commitWaits()) await poll();
    await commitForGood(parts, poll);
    caughtUp.close();
    await closeParts(parts);
  } catch (error) {
    if (failed === null && !isRecoverable(error)) throw error;
    parts.environment.logger.warn("The last commit failed; what came before it is safe.", { error });
    caughtUp.close();
    await giveUp(parts, error);
  }
}

/** Commits all; `poll` lets the group finish a rebalance the commit has to wait for. */
async function commitForGood(parts: WorkerParts, poll: () => Promise<void>): Promise<void> {
  const { committer, tasks } = parts;
  for (let attempt = 1; attempt <= COMMIT_TRIES; attempt++) {
    await committer.commit(tasks.tasks);
    await committer.settled();
    if (!committer.unfinished) break;
    await poll();
  }
}

/** Closes everything after a last commit. */
async function closeParts({ tasks, committer, restorer, standbys, consumer, leave }: WorkerParts): Promise<void> {
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
