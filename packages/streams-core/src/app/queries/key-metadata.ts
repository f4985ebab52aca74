import type { StreamsAdmin } from "@millrace/kafka-client";
import type { Clock } from "@millrace/kernel";
import { InvalidArgumentError, type StreamPartitioner } from "../../model/index.js";
import { partitionOfKey } from "../../serde/index.js";
import { realTopicName, type PhysicalTopology } from "../../topology/index.js";
import type { AppRun } from "../app-run.js";
import { whenPrepared } from "../when-prepared.js";
import { StoreRebalancingError } from "./query-errors.js";
import type { StorePlace } from "./store-place.js";

export interface KeyMetadataOptions<K = unknown> {
  /** The one that the topic has that the store is made of, if it has one. Default: murmur2 of the key's bytes (T10). */
  readonly partitioner?: StreamPartitioner<K>;
}

/** Who has a key of a store. */
export interface KeyMetadata {
  /** Null: a global store, which every instance has whole. */
  readonly partition: number | null;
  /** `applicationServer` of the instance that processes the partition; null: it has none, or nobody does now. */
  readonly active: string | null;
  /** Those of the instances that keep a copy of it. */
  readonly standbys: readonly string[];
  /** What this instance has of it: asked with `app.store`, the last two with `staleStores`. Null: nothing. */
  readonly local: "active" | "restoring" | "standby" | null;
}

/** How long a partition count is believed: a topic that a running application reads hardly ever gets more. */
const COUNT_AGE_MAX_MS = 60_000;

export interface KeyMetadataContext {
  readonly topology: PhysicalTopology;
  readonly applicationId: string;
  readonly admin: StreamsAdmin;
  readonly clock: Clock;
}

/** Finds out who has a key. */
export class KeyLocator {
  readonly #context: KeyMetadataContext;
  readonly #counts = new Map<string, { readonly count: number; readonly atMs: number }>();

  constructor(context: KeyMetadataContext) {
    this.#context = context;
  }

  /** Throws StoreRebalancingError while the topics of the store are not there. */
  async locate<K>(
    place: StorePlace,
    key: K,
    run: AppRun,
    { partitioner }: KeyMetadataOptions<K>,
  ): Promise<KeyMetadata> {
    const { subtopology, builder, name } = place;
    if (subtopology === null) return { partition: null, active: null, standbys: [], local: "active" };
    const topics = this.#topicsOf(place, subtopology);
    const count = await this.#partitionCount(name, topics);
    const topic = topics[0] ?? name;
    const chosen = partitioner?.(topic, key, null as never, count);
    if (typeof chosen === "object") {
      throw new InvalidArgumentError(`The partitioner gave several partitions for a key of store "${name}": ask each.`);
    }
    const partition = chosen ?? partitionOfKey(await whenPrepared(() => builder.key.serialize(topic, key)), count);
    const task = `${subtopology}_${partition}`;
    const instances = run.pool?.workers[0]?.assignment.instances ?? [];
    return {
      partition,
      active: instances.find(({ active }) => active.includes(task))?.host ?? null,
      standbys: instances.filter(({ standby }) => standby.includes(task)).map(({ host }) => host),
      local: localStanding(run, task),
    };
  }

  /** Its changelog has the partitions of the store; without one, those of the topics it is made of. */
  #topicsOf({ changelog }: StorePlace, subtopology: number): readonly string[] {
    const { topology, applicationId } = this.#context;
    const sources =
      topology.subtopologies
        .find(({ id }) => id === subtopology)
        ?.nodes.flatMap((node) => (node.kind === "source" ? node.topics : [])) ?? [];
    const topics = changelog === null ? sources : [changelog];
    return topics.map((topic) => realTopicName(topology, applicationId, topic));
  }

  async #partitionCount(store: string, topics: readonly string[]): Promise<number> {
    const { admin, clock } = this.#context;
    const nowMs = clock.monotonicMs();
    const known = this.#counts.get(store);
    if (known !== undefined && nowMs - known.atMs < COUNT_AGE_MAX_MS) return known.count;
    const described = await admin.describeTopics(topics);
    const count = Math.max(0, ...topics.map((topic) => described.get(topic)?.partitions ?? 0));
    if (count === 0) throw new StoreRebalancingError(store);
    this.#counts.set(store, { count, atMs: nowMs });
    return count;
  }
}

function localStanding(run: AppRun, name: string): KeyMetadata["local"] {
  const workers = run.pool?.workers ?? [];
  for (const { tasks } of workers) {
    const task = tasks.tasks.find((each) => each.name === name);
    if (task !== undefined) return task.running ? "active" : "restoring";
  }
  return workers.some(({ assignment }) => assignment.standbys.names.includes(name)) ? "standby" : null;
}
