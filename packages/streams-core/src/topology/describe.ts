import type { DescribedNode, DescribedGlobalStore, DescribedProcessor, DescribedSource } from "./described-nodes.js";
import { javaHashOrder } from "./java-hash-order.js";
import { numberedGroups } from "./physical-topology.js";
import { RedBlackSet } from "./red-black-set.js";
import type { NodeDraft, TopologyBuilder } from "./topology-builder.js";
import { TopologyDescription } from "./topology-description.js";

/** Describes what was added so far, in Kafka Streams' order. */
export function describeTopology(builder: TopologyBuilder): TopologyDescription {
  const groups = numberedGroups(builder).map((group, id) => {
    const nodes = describedGroup(builder, group);
    if (!group.some((name) => builder.globalSources.has(name))) return { kind: "subtopology", id, nodes } as const;
    return {
      kind: "global-store",
      id,
      source: nodes.find((node): node is DescribedSource => node.kind === "source")!,
      processor: nodes.find((node): node is DescribedProcessor => node.kind === "processor")!,
    } satisfies DescribedGlobalStore;
  });
  return new TopologyDescription(groups);
}

/** A node while its neighbours are found. `size`: the paths that start here, as far as they are known yet. */
interface Draft {
  readonly node: NodeDraft;
  /** In the order of adding: parents before children. */
  readonly position: number;
  size: number;
  readonly successors: RedBlackSet<Draft>;
  readonly predecessors: RedBlackSet<Draft>;
}

// Kafka Streams keeps neighbours in sets that are sorted by size while the sizes still grow, and visits the nodes in a
// hash map's order. The order of neighbours in its text follows from that, so we go the same way.
function describedGroup(builder: TopologyBuilder, group: readonly string[]): DescribedNode[] {
  const names = javaHashOrder(javaHashOrder(group));
  const positions = new Map(group.map((name, position) => [name, position]));
  const drafts = new Map<string, Draft>();
  for (const name of names) {
    drafts.set(name, {
      node: builder.nodes.get(name)!,
      position: positions.get(name)!,
      size: 1,
      successors: new RedBlackSet(compare),
      predecessors: new RedBlackSet(compare),
    });
  }
  for (const draft of drafts.values()) {
    for (const parent of builder.parents.get(draft.node.name)!) {
      const predecessor = drafts.get(parent)!;
      draft.predecessors.add(predecessor);
      predecessor.successors.add(draft);
      grow(predecessor, draft.size);
    }
  }
  const sorted = [...drafts.values()].sort(compare);
  return sorted.map((draft) => described(builder, draft));
}

// Once for each path upwards, as Kafka Streams does, but all paths that meet in a node in one go; its int wraps around.
function grow(draft: Draft, delta: number): void {
  const due = new Map([[draft, delta]]);
  while (due.size > 0) {
    const lowest = [...due.keys()].reduce((a, b) => (a.position > b.position ? a : b));
    const amount = due.get(lowest)!;
    due.delete(lowest);
    lowest.size = (lowest.size + amount) | 0;
    for (const above of lowest.predecessors.items()) due.set(above, ((due.get(above) ?? 0) + amount) | 0);
  }
}

function compare(a: Draft, b: Draft): number {
  if (a.size !== b.size) return b.size - a.size;
  return a.node.name < b.node.name ? -1 : a.node.name > b.node.name ? 1 : 0;
}

function described(builder: TopologyBuilder, draft: Draft): DescribedNode {
  const { node } = draft;
  const { name } = node;
  const successors = draft.successors.items().map((successor) => successor.node.name);
  const predecessors = draft.predecessors.items().map((predecessor) => predecessor.node.name);
  switch (node.kind) {
    case "source":
      return {
        kind: "source",
        name,
        topics: javaHashOrder(node.topics, true),
        pattern: node.pattern?.source ?? null,
        successors,
      };
    case "processor":
      return {
        kind: "processor",
        name,
        stores: javaHashOrder(javaHashOrder(builder.connections.get(name)!), true),
        successors,
        predecessors,
      };
    case "sink":
      return { kind: "sink", name, topic: node.topic, predecessors };
  }
}
