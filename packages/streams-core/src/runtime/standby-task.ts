import type { Environment } from "@millrace/kernel";
import { StreamsError, taskIdText, type TaskId } from "../model/index.js";
import type { OpenStore } from "../stores/index.js";
import type { RecordCollector } from "./record-collector.js";
import type { RestoreChangelog, RestoredTask } from "./restore-changelog.js";
import type { TaskConfig } from "./task-config.js";
import { TaskEnvironment } from "./task-environment.js";
import { TaskStores, type TaskChangelog } from "./task-stores.js";
import type { WorkerPlan } from "./worker-plan.js";
import type { WorkerStates } from "./worker-states.js";

const noOutput: RecordCollector = {
  send({ origin }) {
    throw new StreamsError(`${origin} belongs to a standby, which only follows its changelogs.`);
  },
  partitionsFor: () => undefined,
};

export interface StandbyTaskOptions {
  readonly id: TaskId;
  readonly states: WorkerStates;
  readonly plan: WorkerPlan;
  readonly environment: Environment;
  readonly config: TaskConfig;
}

/** The stores of a task that runs elsewhere, without its processors. */
export class StandbyTask implements RestoredTask {
  readonly id: TaskId;
  readonly name: string;
  readonly states: WorkerStates;
  /** How far each of its stores is; set once it has been planned. */
  restores: readonly RestoreChangelog[] = [];
  readonly #stores: TaskStores;

  constructor({ id, states, plan, environment, config }: StandbyTaskOptions) {
    this.id = id;
    this.name = taskIdText(id);
    this.states = states;
    const subtopology = plan.subtopology(id.subtopology);
    this.#stores = new TaskStores({
      topology: plan.topology,
      subtopologies: subtopology === undefined ? [] : [subtopology],
      partition: id.partition,
      persistentState: states.main,
      memoryState: states.memory,
      collector: noOutput,
      task: new TaskEnvironment({
        applicationId: plan.applicationId,
        taskId: this.name,
        environment,
        config: { ...config, cacheMaxBytes: 0 },
        collector: null,
      }),
    });
    states.logged(this.#stores.changelogs);
  }

  /** As `StreamTask.openStore`. */
  openStore(name: string): OpenStore | undefined {
    return this.#stores.opened.get(name);
  }

  changelogs(): readonly TaskChangelog[] {
    return this.#stores.changelogs;
  }
}
