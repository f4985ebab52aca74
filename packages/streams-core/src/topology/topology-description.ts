import type { DescribedGlobalStore, DescribedNode, DescribedSubtopology } from "./described-nodes.js";

/** What a topology is made of; `toString()` gives Kafka Streams' text (R27), which topology visualisers read. */
export class TopologyDescription {
  /** By id. */
  readonly groups: readonly (DescribedSubtopology | DescribedGlobalStore)[];

  constructor(groups: readonly (DescribedSubtopology | DescribedGlobalStore)[]) {
    this.groups = groups;
  }

  get subtopologies(): readonly DescribedSubtopology[] {
    return this.groups.filter((group) => group.kind === "subtopology");
  }

  get globalStores(): readonly DescribedGlobalStore[] {
    return this.groups.filter((group) => group.kind === "global-store");
  }

  toString(): string {
    return `Topologies:\n ${this.groups.map((group) => `  ${groupText(group)}`).join("")}`;
  }
}

function groupText(group: DescribedSubtopology | DescribedGlobalStore): string {
  if (group.kind === "subtopology") {
    return `Sub-topology: ${group.id}\n${group.nodes.map((node) => `    ${nodeText(node)}\n`).join("")}\n`;
  }
  const nodes = [group.source, group.processor].map((node) => `    ${nodeText(node)}\n`).join("");
  return `Sub-topology: ${group.id} for global store (will not generate tasks)\n${nodes}`;
}

function nodeText(node: DescribedNode): string {
  switch (node.kind) {
    case "source":
      return `Source: ${node.name} (topics: ${node.pattern ?? `[${node.topics.join(", ")}]`})${after(node.successors)}`;
    case "processor":
      return `Processor: ${node.name} (stores: [${node.stores.join(", ")}])${after(node.successors)}${before(node.predecessors)}`;
    case "sink": {
      const target = typeof node.topic === "string" ? `topic: ${node.topic}` : `extractor class: ${node.topic.name}`;
      return `Sink: ${node.name} (${target})${before(node.predecessors)}`;
    }
  }
}

function after(successors: readonly string[]): string {
  return `\n      --> ${successors.join(", ") || "none"}`;
}

function before(predecessors: readonly string[]): string {
  return `\n      <-- ${predecessors.join(", ") || "none"}`;
}
