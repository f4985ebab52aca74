import type { ProcessorSupplier } from "../model/index.js";
import { tableSource } from "../processors/index.js";
import type { AddedGlobalStore, AddedStore, GlobalTable, StreamSource, TableSource, ToTable } from "./plan-node.js";
import type { WritingContext } from "./write-joins.js";

/** Nodes that no other node feeds. */
export type RootNode = StreamSource | TableSource | GlobalTable | AddedStore | AddedGlobalStore;

/** Writes a source, or a store that is fed from outside. `reusesSourceTopics`: a table's topic is its store's backup. */
export function writeRoot(node: RootNode, context: WritingContext, reusesSourceTopics: boolean): void {
  switch (node.kind) {
    case "streamSource":
      return writeStreamSource(node, context);
    case "tableSource":
      return writeTableSource(node, context, reusesSourceTopics);
    case "globalTable":
      return writeGlobalTable(node, context);
    case "addedStore":
      return context.topology.addStateStore(node.builder);
    case "addedGlobalStore":
      return writeGlobalStore(node, context);
  }
}

/** Reads a stream of updates as a table. */
export function tableSourceProcessors(node: TableSource | ToTable, { needs }: WritingContext): ProcessorSupplier {
  const { materialized, sendOldValues } = needs.of(node);
  return tableSource({ store: materialized ? node.store.name : null, sendOldValues });
}

function writeStreamSource(node: StreamSource, { topology, serdes }: WritingContext): void {
  topology.addSource({
    name: node.name,
    topics: node.pattern ?? node.topics,
    ...serdes.both(node, `stream(${node.pattern?.toString() ?? node.topics.join(", ")})`),
    timestampExtractor: node.timestampExtractor ?? undefined,
    offsetReset: node.offsetReset ?? undefined,
  });
}

function writeTableSource(node: TableSource, context: WritingContext, reusesSourceTopics: boolean): void {
  const { topology, serdes, needs, storeBuilder } = context;
  topology.addSource({
    name: node.sourceName,
    topics: node.topic,
    ...serdes.both(node, `table(${node.topic})`),
    timestampExtractor: node.timestampExtractor ?? undefined,
    offsetReset: node.offsetReset ?? undefined,
  });
  const processor = tableSourceProcessors(node, context);
  topology.addProcessor({ name: node.name, processor, parents: [node.sourceName] });
  if (!needs.of(node).materialized) return;
  const store = reusesSourceTopics ? { ...node.store, logging: false } : node.store;
  topology.addStateStore(storeBuilder(store, node.name), [node.name]);
  if (reusesSourceTopics) topology.connectSourceStoreAndTopic(node.store.name, node.topic);
}

function writeGlobalStore(node: AddedGlobalStore, { topology, serdes }: WritingContext): void {
  topology.addGlobalStore({
    // Its topic is its backup: a changelog would be a second copy.
    store: Object.freeze({ ...node.builder, logging: false }),
    sourceName: node.sourceName,
    topic: node.topic,
    ...serdes.both(node, `addGlobalStore(${node.builder.name})`),
    timestampExtractor: node.timestampExtractor ?? undefined,
    processorName: node.name,
    processor: node.supplier,
  });
}

function writeGlobalTable(node: GlobalTable, { topology, serdes, storeBuilder }: WritingContext): void {
  topology.addGlobalStore({
    store: storeBuilder(node.store, node.name),
    sourceName: node.sourceName,
    topic: node.topic,
    ...serdes.both(node, `globalTable(${node.topic})`),
    timestampExtractor: node.timestampExtractor ?? undefined,
    processorName: node.name,
    processor: tableSource({ store: node.store.name, sendOldValues: false }) as ProcessorSupplier,
  });
}
