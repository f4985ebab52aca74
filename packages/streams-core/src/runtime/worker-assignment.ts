import type { GroupConsumer } from "@millrace/kafka-client";
import { NOTHING_SAID, type AssignmentData, type InstancePlacement, type MemberData } from "../assignment/index.js";
import { changelogEnds } from "./changelog-ends.js";
import { StandbyTasks } from "./standby-tasks.js";
import { StreamAssignor } from "./stream-assignor.js";
import type { TaskManager } from "./task-manager.js";
import type { WorkerOptions } from "./worker-options.js";

/** A worker's part in the assignment: what it tells the group, the standbys it is given, and when to assign again. */
export class WorkerAssignment {
  readonly assignor: StreamAssignor;
  readonly standbys: StandbyTasks;
  readonly #options: WorkerOptions;
  readonly #tasks: () => TaskManager;
  /** Warm-ups it has asked another round for. */
  readonly #askedFor = new Set<string>();
  #data: AssignmentData = NOTHING_SAID;
  #probeAtMs = Infinity;
  /** Standbys had something to apply when last looked at. */
  busy = false;

  constructor(options: WorkerOptions, consumer: GroupConsumer, tasks: () => TaskManager) {
    this.#options = options;
    this.#tasks = tasks;
    const { plan, client, environment } = options;
    this.standbys = new StandbyTasks({
      ...{ ...options, consumer, listener: options.events.standby },
      fetching: options.clientSettings.fetching,
    });
    this.assignor = new StreamAssignor({
      plan,
      protocol: client.capabilities.rebalance.has("cooperative") ? "cooperative" : "eager",
      rules: options,
      member: () => this.#member(),
      changelogEnds: (of) => changelogEnds(of, plan, client.admin(), environment.logger),
      onAssigned: (data) => this.#assigned(data),
      rejoin: (reason) => consumer.enforceRebalance(reason),
    });
  }

  /** The instances that can be asked for their stores, as of the last round. */
  get instances(): readonly InstancePlacement[] {
    return this.#data.instances;
  }

  /** Follows the standbys for a slice, unless tasks of one's own are being restored; asks for a round when one is due. */
  async step(restoring: boolean): Promise<void> {
    await this.standbys.release();
    this.busy = !restoring && (await this.standbys.step());
    if (this.#options.environment.clock.monotonicMs() >= this.#probeAtMs) {
      this.#probeAtMs = Infinity;
      this.assignor.askForRound("Tasks wait for copies of their state to catch up.");
    } else this.#askForWarmUps();
  }

  #member(): Omit<MemberData, "askedGeneration"> {
    const { processId, applicationServer, clientTags, plan } = this.#options;
    const tasks = this.#tasks();
    const stateOffsets = new Map<string, number>();
    for (const [name, sum] of [...tasks.stateOffsets(), ...this.standbys.offsetSums()]) {
      if (plan.isStateful(Number(name.split("_")[0]))) stateOffsets.set(name, sum);
    }
    return {
      processId,
      host: applicationServer,
      tags: clientTags,
      restoring: [...tasks.unopened, ...tasks.tasks.filter(({ running }) => !running).map(({ name }) => name)],
      standby: this.standbys.names,
      stateOffsets,
    };
  }

  #assigned(data: AssignmentData): void {
    const { environment, probingRebalanceIntervalMs } = this.#options;
    this.#data = data;
    this.standbys.want(data.standby);
    this.#probeAtMs = data.probes ? environment.clock.monotonicMs() + probingRebalanceIntervalMs : Infinity;
    for (const name of this.#askedFor) if (!data.warmUp.includes(name)) this.#askedFor.delete(name);
  }

  /** Once for each: the leader may see it otherwise, and then the next probe decides. */
  #askForWarmUps(): void {
    const fresh = this.#data.warmUp.filter((name) => !this.#askedFor.has(name));
    if (fresh.length === 0) return;
    const { acceptableRecoveryLag } = this.#options;
    if (!fresh.every((name) => (this.standbys.lagOf(name) ?? Infinity) <= acceptableRecoveryLag)) return;
    for (const name of fresh) this.#askedFor.add(name);
    this.assignor.askForRound("Copies have caught up with their tasks, which can move now.");
  }
}
