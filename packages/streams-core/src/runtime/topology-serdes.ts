import type { Serde } from "../model/index.js";
import { simpleSerdesOf } from "../serde/index.js";
import { realTopicName, type PhysicalTopology, type StorePlan, type TopologyNode } from "../topology/nodes.js";

/** A serde of a topology, the topics it will write, and those of them whose records are rows of stores. */
interface SerdeUse {
  readonly isKey: boolean;
  readonly topics: Set<string>;
  readonly storedTopics: Set<string>;
}

/** Where a serde is used. */
interface SerdePlace {
  readonly isKey: boolean;
  /** Real name; null: nothing is written, or nobody knows where. */
  readonly topic: string | null;
  readonly stored: boolean;
}

/** What has serdes for keys and for values. */
interface WithSerdes {
  readonly key: Serde<unknown>;
  readonly value: Serde<unknown>;
  readonly otherValue?: Serde<unknown>;
}

/** The serdes of a topology that have something to do before the first record or after the last. */
export class TopologySerdes {
  readonly #applicationId: string;
  readonly #all = new Map<Serde<unknown>, SerdeUse>();
  /** By sub-topology: those of its stores, with no topics but these stores'. */
  readonly #stored = new Map<number, ReadonlyMap<Serde<unknown>, SerdeUse>>();

  constructor(topology: PhysicalTopology, applicationId: string) {
    this.#applicationId = applicationId;
    const realName = (topic: string): string => realTopicName(topology, applicationId, topic);
    for (const { id, nodes, stores } of topology.subtopologies) {
      const places = [...nodes.flatMap((node) => this.#ofNode(node, realName)), ...ofStores(stores, realName)];
      for (const [serde, place] of places) add(this.#all, serde, place);
      const stored = new Map<Serde<unknown>, SerdeUse>();
      for (const [serde, place] of places) if (place.stored) add(stored, serde, place);
      this.#stored.set(id, stored);
    }
    for (const { builder, source, processor } of topology.globalStores) {
      for (const [serde, place] of [
        ...this.#ofNode(source, realName),
        ...this.#ofNode(processor, realName),
        ...both(builder, { topic: source.topics[0] ?? builder.name, stored: true }),
      ])
        add(this.#all, serde, place);
    }
  }

  /** Opens each serde once: a schema may be registered for each topic that it writes, changelogs included. */
  open(): Promise<void> {
    return this.#open(this.#all);
  }

  /** Whether a task of the sub-topology has to wait for `openStores`. */
  hasStores(subtopology: number): boolean {
    return (this.#stored.get(subtopology)?.size ?? 0) > 0;
  }

  /** Has the rows made readable that others may have written into the stores of a sub-topology since `open`. */
  openStores(subtopology: number): Promise<void> {
    return this.#open(this.#stored.get(subtopology) ?? new Map());
  }

  async close(): Promise<void> {
    for (const serde of this.#all.keys()) await serde.close?.();
  }

  async #open(uses: ReadonlyMap<Serde<unknown>, SerdeUse>): Promise<void> {
    for (const [serde, { isKey, topics, storedTopics }] of uses) {
      await serde.open?.({
        ...{ applicationId: this.#applicationId, isKey },
        ...{ topics: [...topics], storedTopics: [...storedTopics] },
      });
    }
  }

  #ofNode(node: TopologyNode, realName: (topic: string) => string): SerdeUsed[] {
    if (node.kind === "source") return both(node, { topic: null, stored: false });
    if (node.kind === "sink") {
      return both(node, { topic: typeof node.topic === "string" ? realName(node.topic) : null, stored: false });
    }
    const own = [...(node.supplier.serdes?.(this.#applicationId) ?? [])];
    return own.map(({ serde, ...place }) => [serde, place]);
  }
}

type SerdeUsed = readonly [Serde<unknown>, SerdePlace];

function ofStores(stores: readonly StorePlan[], realName: (topic: string) => string): SerdeUsed[] {
  return stores.flatMap(({ builder, changelog }) =>
    both(builder, { topic: realName(changelog ?? `${builder.name}-changelog`), stored: true }),
  );
}

function both({ key, value, otherValue }: WithSerdes, place: Omit<SerdePlace, "isKey">): SerdeUsed[] {
  const values = otherValue === undefined ? [value] : [value, otherValue];
  return [[key, { ...place, isKey: true }], ...values.map((serde): SerdeUsed => [serde, { ...place, isKey: false }])];
}

function add(uses: Map<Serde<unknown>, SerdeUse>, serde: Serde<unknown>, { isKey, topic, stored }: SerdePlace): void {
  for (const simple of simpleSerdesOf(serde)) {
    if (simple.open === undefined && simple.close === undefined) continue;
    const use = uses.get(simple) ?? { isKey, topics: new Set(), storedTopics: new Set() };
    if (topic !== null) use.topics.add(topic);
    if (topic !== null && stored) use.storedTopics.add(topic);
    uses.set(simple, use);
  }
}
