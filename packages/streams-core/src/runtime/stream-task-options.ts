import type { TopicPartition } from "@millrace/kafka-client";
import type { Environment } from "@millrace/kernel";
import type { TaskState } from "@millrace/state-stores";
import type { StateStore, TaskId } from "../model/index.js";
import type { PhysicalTopology, Subtopology } from "../topology/nodes.js";
import type { RecordCollector } from "./record-collector.js";
import type { TaskConfig } from "./task-config.js";
import type { TaskIdling } from "./task-idling.js";
import type { TaskListener } from "./task-listener.js";

/** What a task is made of. Topics and partitions carry their real names. */
export interface StreamTaskOptions {
  readonly id: TaskId;
  readonly applicationId: string;
  readonly topology: PhysicalTopology;
  /** In an app the one of the task's id; in the test driver all. */
  readonly subtopologies: readonly Subtopology[];
  readonly partitions: readonly TopicPartition[];
  /** For stores of engine "default" and "persistent". */
  readonly persistentState: TaskState;
  /** For stores of engine "memory". */
  readonly memoryState: TaskState;
  readonly collector: RecordCollector;
  readonly globalStores: ReadonlyMap<string, StateStore>;
  readonly environment: Environment;
  readonly config: TaskConfig;
  /** Whether it waits for partitions that have nothing buffered (R3). Default: it does not. */
  readonly idling?: TaskIdling;
  /** Told when it runs, has been committed and stops. Default: nobody. */
  readonly listener?: TaskListener;
}
