import { TopologyError } from "../model/index.js";
import { changelogConfig } from "./internal-topics.js";
import { realTopicName, type InternalTopic, type PhysicalTopology } from "./nodes.js";

/** Internal topics by their real names, sorted; a source topic reused as changelog is among them. */
export function internalTopicsOf(topology: PhysicalTopology, applicationId: string): readonly InternalTopic[] {
  const own = [...topology.internalTopics.values()].map((topic) => ({
    ...topic,
    name: realTopicName(topology, applicationId, topic.name),
  }));
  return [...own, ...reusedTopics(topology)].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function reusedTopics(topology: PhysicalTopology): InternalTopic[] {
  return topology.subtopologies.flatMap(({ id, stores }) =>
    stores.flatMap(({ builder, changelog, sourceIsChangelog }) =>
      sourceIsChangelog && changelog !== null
        ? [{ name: changelog, kind: "changelog", subtopology: id, partitions: null, config: changelogConfig(builder) }]
        : [],
    ),
  );
}

/** Groups of topics that must have equal partition counts, by their real names, sorted within and among each other. */
export function copartitionGroupsOf(topology: PhysicalTopology, applicationId: string): readonly (readonly string[])[] {
  const groups = topology.subtopologies.flatMap((subtopology) =>
    subtopology.copartitionGroups.map((group) =>
      group.map((topic) => realTopicName(topology, applicationId, topic)).sort(),
    ),
  );
  // A group is each sub-topology's that reads one of its topics.
  const distinct = new Map(groups.map((group) => [String(group), group]));
  return [...distinct.values()].sort((a, b) => (String(a) < String(b) ? -1 : 1));
}

/**
 * Throws TopologyError if a node names, as the user's own, a topic that is an internal one of the application: call it
 * as soon as the application's id is known.
 */
export function refuseOwnInternalTopics(topology: PhysicalTopology, applicationId: string): void {
  const internal = new Set(
    [...topology.internalTopics.keys()].map((name) => realTopicName(topology, applicationId, name)),
  );
  const nodes = [
    ...topology.subtopologies.flatMap((subtopology) => subtopology.nodes),
    ...topology.globalStores.map((store) => store.source),
  ];
  for (const node of nodes) {
    const topics = node.kind === "source" ? node.topics : node.kind === "sink" ? [node.topic] : [];
    for (const topic of topics) {
      if (typeof topic === "string" && internal.has(topic)) {
        throw new TopologyError(
          `${node.name} names ${topic}, an internal topic of application ${applicationId}. Rename the store or verb it belongs to, or choose another application id.`,
        );
      }
    }
  }
}
