import { TopologyError } from "../model/index.js";
import { changelogConfig, changelogName, repartitionConfig } from "./internal-topics.js";
import { javaHashOrder } from "./java-hash-order.js";
import type {
  GlobalStorePlan,
  InternalTopic,
  PhysicalTopology,
  ProcessorNode,
  SourceNode,
  StorePlan,
  Subtopology,
  TopologyNode,
} from "./nodes.js";
import type { TopologyBuilder } from "./topology-builder.js";

/** Lays out what was collected as sub-topologies, stores and internal topics. Throws TopologyError for clashing topic names. */
export function physicalTopology(builder: TopologyBuilder): PhysicalTopology {
  const nodes = finishedNodes(builder);
  const subtopologies: Subtopology[] = [];
  const globalStores: GlobalStorePlan[] = [];
  const internalTopics = new Map<string, InternalTopic>();
  numberedGroups(builder).forEach((group, id) => {
    if (group.some((name) => builder.globalSources.has(name))) {
      globalStores.push(globalStore(builder, nodes, group));
      return;
    }
    const subtopology = layOut(builder, nodes, group, id);
    subtopologies.push(subtopology);
    for (const topic of topicsOf(builder, subtopology)) internalTopics.set(topic.name, topic);
  });
  refuseClashingTopics(builder, internalTopics);
  return Object.freeze({ subtopologies, globalStores, internalTopics });
}

/** Node names by sub-topology id; ids are Kafka Streams' own (R1), those of global stores included. */
export function numberedGroups(builder: TopologyBuilder): string[][] {
  return builder.groups.numbered();
}

/** Names of each node's children, in the order in which these were added. */
export function childrenOf(builder: TopologyBuilder): Map<string, string[]> {
  const children = new Map([...builder.nodes.keys()].map((name): [string, string[]] => [name, []]));
  for (const [name, parents] of builder.parents) for (const parent of parents) children.get(parent)!.push(name);
  return children;
}

function finishedNodes(builder: TopologyBuilder): Map<string, TopologyNode> {
  const children = childrenOf(builder);
  const nodes = new Map<string, TopologyNode>();
  for (const [name, draft] of builder.nodes) {
    const below = Object.freeze(children.get(name)!);
    if (draft.kind === "sink") nodes.set(name, Object.freeze({ ...draft, children: [] as const }));
    else if (draft.kind === "source") nodes.set(name, Object.freeze({ ...draft, children: below }));
    else nodes.set(name, Object.freeze({ ...draft, children: below, stores: Object.freeze(storesOf(builder, name)) }));
  }
  return nodes;
}

function storesOf(builder: TopologyBuilder, processor: string): string[] {
  return javaHashOrder(builder.connections.get(processor) ?? []);
}

function layOut(
  builder: TopologyBuilder,
  nodes: ReadonlyMap<string, TopologyNode>,
  group: readonly string[],
  id: number,
): Subtopology {
  const members = new Set(group);
  const ordered = [...nodes.values()].filter((node) => members.has(node.name));
  const stores = new Set(ordered.flatMap((node) => (node.kind === "processor" ? node.stores : [])));
  return Object.freeze({
    id,
    nodes: ordered,
    stores: [...stores].map((name) => storePlan(builder, name)),
    copartitionGroups: copartitionGroups(builder, members),
  });
}

function storePlan(builder: TopologyBuilder, name: string): StorePlan {
  const store = builder.stores.get(name)!.builder;
  const source = builder.sourceChangelogs.get(name);
  const changelog = store.logging ? changelogName(name) : null;
  return Object.freeze({ builder: store, changelog: source ?? changelog, sourceIsChangelog: source !== undefined });
}

/** Sets of topics that must agree, joined where they overlap, each sorted. */
function copartitionGroups(builder: TopologyBuilder, members: ReadonlySet<string>): string[][] {
  const groupOf = new Map<string, Set<string>>();
  for (const sources of builder.copartitionedSources) {
    if (!sources.some((source) => members.has(source))) continue;
    const topics = sources.flatMap((source) => sourceTopics(builder, source));
    const known = topics.find((topic) => groupOf.has(topic));
    const group = known === undefined ? new Set<string>() : groupOf.get(known)!;
    for (const topic of topics) {
      group.add(topic);
      groupOf.set(topic, group);
    }
  }
  return [...new Set(groupOf.values())].map((group) => [...group].sort());
}

function sourceTopics(builder: TopologyBuilder, name: string): readonly string[] {
  const node = builder.nodes.get(name);
  if (node?.kind !== "source") throw new TopologyError(`Only sources can be co-partitioned, and ${name} is none.`);
  return node.topics;
}

function* topicsOf(builder: TopologyBuilder, subtopology: Subtopology): Iterable<InternalTopic> {
  for (const node of subtopology.nodes) {
    if (node.kind !== "source") continue;
    for (const name of node.topics) {
      const topic = builder.repartitionTopics.get(name);
      if (topic === undefined) continue;
      yield Object.freeze({
        name,
        kind: "repartition",
        subtopology: subtopology.id,
        partitions: topic.partitions,
        config: repartitionConfig(topic.config ?? {}),
      });
    }
  }
  for (const store of subtopology.stores) {
    if (store.changelog === null || store.sourceIsChangelog) continue;
    yield Object.freeze({
      name: store.changelog,
      kind: "changelog",
      subtopology: subtopology.id,
      partitions: null,
      config: changelogConfig(store.builder),
    });
  }
}

function globalStore(
  builder: TopologyBuilder,
  nodes: ReadonlyMap<string, TopologyNode>,
  group: readonly string[],
): GlobalStorePlan {
  const members = group.map((name) => nodes.get(name)!);
  const source = members.find((node): node is SourceNode => node.kind === "source")!;
  const processor = members.find((node): node is ProcessorNode => node.kind === "processor")!;
  return Object.freeze({ builder: builder.stores.get(processor.stores[0]!)!.builder, source, processor });
}

// Would send the application's own changelog round in circles, or give the user's topic the prefix of an internal one.
function refuseClashingTopics(builder: TopologyBuilder, internal: ReadonlyMap<string, InternalTopic>): void {
  for (const node of builder.nodes.values()) {
    const topics = node.kind === "source" ? node.topics : node.kind === "sink" ? [node.topic] : [];
    for (const topic of topics) {
      if (typeof topic === "string" && internal.get(topic)?.kind === "changelog") {
        throw new TopologyError(
          `${node.name} ${node.kind === "source" ? "reads" : "writes"} ${topic}, which is the name of the changelog this topology makes for one of its stores. Rename the store or the topic.`,
        );
      }
    }
  }
}
