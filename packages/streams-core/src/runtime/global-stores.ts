import {
  MissingTopicError,
  OffsetOutOfRangeError,
  RetriableError,
  tp,
  type KafkaClient,
  type ManualConsumer,
  type TopicPartition,
} from "@millrace/kafka-client";
import type { Environment } from "@millrace/kernel";
import type { TaskState } from "@millrace/state-stores";
import type { StateStore } from "../model/index.js";
import type { OpenStore } from "../stores/index.js";
import type { PhysicalTopology } from "../topology/nodes.js";
import type { FetchSettings } from "./client-settings.js";
import { GlobalStateTask } from "./global-state-task.js";
import { OpenTransactionWatch } from "./open-transaction-watch.js";
import type { Patience } from "./patience.js";
import { wipeState } from "./restore-plan.js";
import type { TaskConfig } from "./task-config.js";
import type { WatchedTask } from "./task-listener.js";
import { changelogKey } from "./worker-states.js";

export interface GlobalStoresOptions {
  readonly applicationId: string;
  readonly topology: PhysicalTopology;
  readonly client: KafkaClient;
  readonly clientId: string;
  readonly clusterId: string;
  readonly fetching: FetchSettings;
  /** State of its own, named `global`. Closed by `close`. */
  readonly state: TaskState;
  readonly environment: Environment;
  readonly config: TaskConfig;
  readonly commitIntervalMs: number;
  /** Waits for a cluster that does not answer. */
  readonly patience: Patience;
  /** Following the topics has failed; nothing follows. */
  readonly onFailure: (error: unknown) => void;
}

const POLL_MS = 100;
const RETRY_DELAY_MS = 100;

/** The stores every instance holds whole: loads all partitions of their topics before tasks start, follows them after. */
export class GlobalStores implements WatchedTask {
  readonly partition = null;
  /** What it reads is committed. */
  readonly settled = true;
  readonly #options: GlobalStoresOptions;
  readonly #task: GlobalStateTask;
  readonly #consumer: ManualConsumer;
  readonly #positions = new Map<TopicPartition, number>();
  #stopping = false;
  #dirty = false;
  #lastCommitMs: number;
  #following: Promise<void> = Promise.resolve();

  constructor(options: GlobalStoresOptions) {
    this.#options = options;
    const { applicationId, topology, state, environment, config, client, clientId } = options;
    this.#task = new GlobalStateTask({ applicationId, topology, state, environment, config });
    this.#consumer = client.restoreConsumer({
      ...options.fetching,
      clientId: `${clientId}-global`,
      isolation: "read_committed",
    });
    this.#lastCommitMs = environment.clock.monotonicMs();
  }

  get stores(): ReadonlyMap<string, StateStore> {
    return this.#task.stores;
  }

  /** As `StreamTask.openStore`. */
  openStore(name: string): OpenStore | undefined {
    return this.#task.openStore(name);
  }

  /** Reads up to the ends the topics have now. Throws MissingTopicError. */
  async load(): Promise<void> {
    const { patience, client, environment } = this.#options;
    const { partitions, ends } = await patience.until("Finding the topics of global stores", async () => {
      const found = await this.#partitions();
      const latest = await client.admin().listOffsets(found, "latest", "read_uncommitted");
      await this.#takePositions(found, latest);
      return { partitions: found, ends: latest };
    });
    this.#task.initialize();
    const watch = new OpenTransactionWatch("Loading global stores", client.admin(), environment);
    for (;;) {
      const behind = partitions.filter((partition) => this.#behind(partition, ends));
      if (this.#stopping || behind.length === 0) break;
      if (await this.#step()) continue;
      watch.look(
        behind.map((partition) => ({
          partition,
          position: this.#consumer.position(partition),
          endOffset: ends.get(partition) ?? 0,
        })),
      );
    }
    await this.#commit();
  }

  /** Goes on reading in the background. */
  follow(): void {
    this.#following = this.#follow().catch((error: unknown) => {
      if (!this.#stopping) this.#options.onFailure(error);
    });
  }

  async close(): Promise<void> {
    this.#stopping = true;
    this.#consumer.wakeup();
    await this.#following;
    try {
      await this.#commit();
      this.#task.close();
    } finally {
      await this.#consumer.close();
      await this.#options.state.close();
    }
  }

  /** Ends `load` early. */
  stop(): void {
    this.#stopping = true;
    this.#consumer.wakeup();
  }

  async #follow(): Promise<void> {
    const { environment, commitIntervalMs } = this.#options;
    while (!this.#stopping) {
      await this.#step();
      if (environment.clock.monotonicMs() - this.#lastCommitMs >= commitIntervalMs) await this.#commit();
    }
  }

  /** True when something came. */
  async #step(): Promise<boolean> {
    const { patience } = this.#options;
    try {
      const batches = await this.#consumer.poll(POLL_MS);
      for (const batch of batches) {
        this.#task.process(batch);
        for (let wait = this.#task.unprepared; wait !== null; wait = this.#task.unprepared) {
          const unprepared = wait;
          await patience.until("Preparing the serde of a global store", () => unprepared.prepareSerde());
          this.#task.processRest();
        }
        this.#positions.set(batch.tp, batch.nextOffset);
        this.#dirty = true;
        await this.#options.environment.scheduler.yield();
      }
      return batches.length > 0;
    } catch (error) {
      if (error instanceof RetriableError) {
        patience.complain("Reading global stores", error);
        await patience.pause(RETRY_DELAY_MS);
        return false;
      }
      if (!(error instanceof OffsetOutOfRangeError)) throw error;
      await this.#startOver(`ends at offset ${error.offset}, its topic begins at ${error.logStart}`);
      return true;
    }
  }

  async #commit(): Promise<void> {
    if (!this.#dirty) return;
    this.#dirty = false;
    const { state, clusterId, environment } = this.#options;
    this.#lastCommitMs = environment.clock.monotonicMs();
    const offsets = new Map<string, number>();
    for (const [{ topic, partition }, offset] of this.#positions) offsets.set(changelogKey(topic, partition), offset);
    state.freeze();
    await state.commitFrozen(offsets, { clusterId, committedAtMs: environment.clock.nowMs() });
  }

  async #partitions(): Promise<readonly TopicPartition[]> {
    const { topics } = this.#task;
    const described = await this.#options.client.admin().describeTopics(topics);
    const missing = topics.filter((topic) => described.get(topic) == null);
    if (missing.length > 0) {
      throw new MissingTopicError(
        missing,
        `The topic of a global store does not exist: ${missing.join(", ")}. Create it first, or correct its name.`,
      );
    }
    return topics.flatMap((topic) =>
      Array.from({ length: described.get(topic)?.partitions ?? 0 }, (_, partition) => tp(topic, partition)),
    );
  }

  async #takePositions(
    partitions: readonly TopicPartition[],
    ends: ReadonlyMap<TopicPartition, number>,
  ): Promise<void> {
    const { state, clusterId, client, environment } = this.#options;
    const stamp = state.stamp();
    const stored = (partition: TopicPartition): number | undefined =>
      state.offsets().get(changelogKey(partition.topic, partition.partition));
    const ahead = partitions.some((partition) => (stored(partition) ?? 0) > (ends.get(partition) ?? 0));
    if (stamp === null || stamp.clusterId !== clusterId || ahead) {
      if (stamp !== null)
        environment.logger.warn("The stored global state belongs to other topics: it is wiped and loaded again.");
      await wipeState(state, { clusterId, committedAtMs: environment.clock.nowMs() });
    }
    const begins = await client.admin().listOffsets(partitions, "earliest", "read_uncommitted");
    for (const partition of partitions) this.#positions.set(partition, stored(partition) ?? begins.get(partition) ?? 0);
    this.#consumer.assign(this.#positions);
  }

  async #startOver(reason: string): Promise<void> {
    const { state, clusterId, environment, client } = this.#options;
    environment.logger.warn(`The stored global state ${reason}: it is wiped and loaded again.`);
    await wipeState(state, { clusterId, committedAtMs: environment.clock.nowMs() });
    const partitions = [...this.#positions.keys()];
    const begins = await client.admin().listOffsets(partitions, "earliest", "read_uncommitted");
    for (const partition of partitions) {
      const offset = begins.get(partition) ?? 0;
      this.#positions.set(partition, offset);
      this.#consumer.seek(partition, offset);
    }
  }

  #behind(partition: TopicPartition, ends: ReadonlyMap<TopicPartition, number>): boolean {
    return this.#consumer.position(partition) < (ends.get(partition) ?? 0);
  }
}
