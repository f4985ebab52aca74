import type { Serde } from "../model/index.js";
import { realTopicName, type PhysicalTopology, type TopologyNode } from "../topology/nodes.js";

/** A serde of a topology, and the topics it will write. */
interface SerdeUse {
  readonly isKey: boolean;
  readonly topics: Set<string>;
}

/** The serdes of a topology that have something to do before the first record or after the last. */
export class TopologySerdes {
  readonly #applicationId: string;
  readonly #topology: PhysicalTopology;
  readonly #uses = new Map<Serde<unknown>, SerdeUse>();

  constructor(topology: PhysicalTopology, applicationId: string) {
    this.#applicationId = applicationId;
    this.#topology = topology;
    for (const { nodes, stores } of topology.subtopologies) {
      for (const node of nodes) this.#addNode(node);
      for (const { builder, changelog } of stores) this.#add(builder, changelog ?? `${builder.name}-changelog`);
    }
    for (const { builder, source } of topology.globalStores) {
      this.#addNode(source);
      this.#add(builder, source.topics[0] ?? builder.name);
    }
  }

  /** Opens each serde once: a schema may be registered for each topic that it writes, changelogs included. */
  async open(): Promise<void> {
    for (const [serde, { isKey, topics }] of this.#uses)
      await serde.open?.({ applicationId: this.#applicationId, isKey, topics: [...topics] });
  }

  async close(): Promise<void> {
    for (const serde of this.#uses.keys()) await serde.close?.();
  }

  #addNode(node: TopologyNode): void {
    if (node.kind === "source") this.#add(node, null);
    if (node.kind === "sink") this.#add(node, typeof node.topic === "string" ? node.topic : null);
  }

  /** `topic` as the topology names it; null: nothing is written, or nobody knows where. */
  #add(
    { key, value, otherValue }: { key: Serde<unknown>; value: Serde<unknown>; otherValue?: Serde<unknown> },
    topic: string | null,
  ): void {
    this.#use(key, true, topic);
    this.#use(value, false, topic);
    if (otherValue !== undefined) this.#use(otherValue, false, topic);
  }

  #use(serde: Serde<unknown>, isKey: boolean, topic: string | null): void {
    if (serde.open === undefined && serde.close === undefined) return;
    const use = this.#uses.get(serde) ?? { isKey, topics: new Set() };
    if (topic !== null) use.topics.add(realTopicName(this.#topology, this.#applicationId, topic));
    this.#uses.set(serde, use);
  }
}
