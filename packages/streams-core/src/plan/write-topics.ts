import type { StreamPartitioner, TopicNameExtractor } from "../model/index.js";
import { changeSerde, dropNullKeys, passThrough } from "../processors/index.js";
import { windowedPartitioner } from "../serde/index.js";
import type { PlanNode, Repartition, Sink, TableRepartition } from "./plan-node.js";
import type { WritingContext } from "./write-joins.js";

/** Nodes that write to a topic. */
export type TopicNode = Repartition | TableRepartition | Sink;

/** Repartition topics keep the timestamps they were written with, whatever extractor the app has. */
const writtenTimestamp = (record: { readonly timestamp: number }): number => record.timestamp;

/** Writes a sink, and for a repartition topic what reads it. `nullKeyPaths`: nodes that pass on records without a key. */
export function writeTopic(node: TopicNode, context: WritingContext, nullKeyPaths: ReadonlySet<PlanNode>): void {
  switch (node.kind) {
    case "repartition":
      return writeRepartition(node, context, nullKeyPaths.has(node));
    case "tableRepartition":
      return writeTableRepartition(node, context);
    case "sink":
      return writeSink(node, context);
  }
}

function writeRepartition(
  node: Repartition,
  { topology, graph, serdes }: WritingContext,
  keepsNullKeys: boolean,
): void {
  const { topic, filter, sink, source } = node.names;
  const { key, value } = serdes.both(node, `${node.verb}, repartition topic ${topic}`);
  const partitioner = (node.partitioner ?? undefined) as StreamPartitioner | undefined;
  const processor = keepsNullKeys ? passThrough() : dropNullKeys();
  topology.addInternalTopic({ name: topic, partitions: node.partitions });
  topology.addProcessor({ name: filter, processor, parents: graph.parentNames(node) });
  topology.addSink({ name: sink, topic, key, value, parents: [filter], partitioner });
  topology.addSource({ name: source, topics: topic, key, value, timestampExtractor: writtenTimestamp });
}

function writeTableRepartition(node: TableRepartition, { topology, graph, serdes }: WritingContext): void {
  const { topic, sinkName, name } = node;
  const { key, value: ofRows } = serdes.both(node, `groupBy(), repartition topic ${topic}`);
  const value = changeSerde(ofRows);
  topology.addInternalTopic({ name: topic, partitions: null });
  topology.addSink({ name: sinkName, topic, key, value, parents: graph.parentNames(node) });
  topology.addSource({ name, topics: topic, key, value, timestampExtractor: writtenTimestamp });
}

function writeSink(node: Sink, { topology, graph, serdes }: WritingContext): void {
  const topic = typeof node.topic === "string" ? node.topic : node.topic.name || "topic extractor";
  const { key, value } = serdes.both(node, `to(${topic})`);
  topology.addSink({
    name: node.name,
    topic: node.topic as string | TopicNameExtractor,
    ...{ key, value },
    partitioner: (node.partitioner as StreamPartitioner | null) ?? windowedPartitioner(key),
    parents: graph.parentNames(node),
  });
}
