import { InvalidArgumentError, TopologyError } from "../model/index.js";
import type { Serde, StoreBuilder } from "../model/index.js";
import { userProcessor, type ProcessorFactory } from "../processors/index.js";
import { keySerdeOf } from "../serde/index.js";
import { MissingSerdeError } from "./missing-serde-error.js";
import { NodeGroups } from "./node-groups.js";
import { validateName } from "./names.js";
import type { ProcessorNode, SinkNode, SourceNode } from "./nodes.js";
import type {
  GlobalStoreOptions,
  ProcessorOptions,
  ReadOnlyStoreOptions,
  RepartitionTopicOptions,
  SinkOptions,
  SourceOptions,
  TopologyDefaults,
} from "./options.js";
import { SourceTopics } from "./source-topics.js";

/** A node as it was added: without children, as these come later. */
export type NodeDraft =
  Omit<SourceNode, "children"> | Omit<ProcessorNode, "children" | "stores"> | Omit<SinkNode, "children">;

export interface StoreDraft {
  readonly builder: StoreBuilder;
  readonly global: boolean;
}

/**
 * Collects nodes and stores and refuses what does not fit, when it is added. The plan of the DSL lowers to it, the
 * public Topology wraps it.
 */
export class TopologyBuilder {
  readonly nodes = new Map<string, NodeDraft>();
  /** Names of its parents, by node. */
  readonly parents = new Map<string, readonly string[]>();
  readonly stores = new Map<string, StoreDraft>();
  /** Names of the stores a processor uses, by processor. */
  readonly connections = new Map<string, Set<string>>();
  readonly repartitionTopics = new Map<string, RepartitionTopicOptions>();
  readonly copartitionedSources: (readonly string[])[] = [];
  /** Stores whose changelog is a source topic, and that topic. */
  readonly sourceChangelogs = new Map<string, string>();
  readonly globalSources = new Set<string>();
  readonly groups = new NodeGroups();
  readonly #firstUser = new Map<string, string>();
  readonly #sourceTopics = new SourceTopics();
  readonly #defaults: TopologyDefaults;

  constructor(defaults: TopologyDefaults = {}) {
    this.#defaults = defaults;
  }

  /** Throws TopologyError for a name or a topic that is taken, MissingSerdeError without serdes. */
  addSource<K, V>(options: SourceOptions<K, V>): void {
    const { name } = options;
    this.#requireNewName(name);
    this.#sourceTopics.add(options.topics);
    this.#addNode([], this.#source(options));
  }

  /** Throws TopologyError for a name that is taken or a parent that is not there. */
  addProcessor<KIn, VIn, KOut, VOut>(options: ProcessorOptions<KIn, VIn, KOut, VOut>): void {
    const { name, parents } = options;
    this.#requireNewName(name);
    this.#requireParents("Processor", name, parents);
    const supplier = userProcessor(options.processor);
    this.#addNode(parents, { kind: "processor", name, supplier });
    for (const store of supplier.stores?.() ?? []) this.addStateStore(store, [name]);
  }

  /** Throws TopologyError as `addProcessor`, MissingSerdeError without serdes. */
  addSink<K, V>(options: SinkOptions<K, V>): void {
    const { name, parents } = options;
    this.#requireNewName(name);
    this.#requireParents("Sink", name, parents);
    this.#addNode(parents, {
      kind: "sink",
      name,
      topic: options.topic as SinkNode["topic"],
      key: this.#serde("key", options.key, { name, kind: "sink" }),
      value: this.#serde("value", options.value, { name, kind: "sink" }),
      partitioner: (options.partitioner ?? null) as SinkNode["partitioner"],
    });
  }

  /** Adds a store and connects it. The same builder may come again, another of its name may not: TopologyError. */
  addStateStore(builder: StoreBuilder, processors: readonly string[] = []): void {
    const present = this.stores.get(builder.name);
    if (present !== undefined && present.builder !== builder) throw storeTaken(builder.name);
    if (present?.global === true) throw storeTaken(builder.name);
    validateName(builder.name);
    this.stores.set(builder.name, { builder, global: false });
    for (const processor of processors) this.#connect(processor, builder.name);
  }

  /** Lets a processor use stores that were added before; the sub-topologies that share a store become one. */
  connectProcessorAndStateStores(processor: string, stores: readonly string[]): void {
    if (stores.length === 0) {
      throw new TopologyError(`Connecting ${processor} needs at least one store name.`);
    }
    for (const store of stores) this.#connect(processor, store);
  }

  /** Throws TopologyError for names that are taken, or a store with a changelog. */
  addGlobalStore<K, V>(options: GlobalStoreOptions<K, V>): void {
    const { sourceName, processorName, store, topic } = options;
    this.#requireNewName(sourceName);
    this.#requireNewName(processorName);
    if (sourceName === processorName) {
      throw new TopologyError(
        `Global store ${store.name}: source and processor are both named ${sourceName}. Give them two names.`,
      );
    }
    if (this.stores.has(store.name)) throw storeTaken(store.name);
    if (store.logging) {
      throw new TopologyError(`Global store ${store.name} must have logging: false: its topic ${topic} is its backup.`);
    }
    validateName(store.name);
    const supplier = userProcessor(options.processor as ProcessorFactory);
    this.#sourceTopics.add(topic);
    this.#addNode([], this.#source({ ...options, name: sourceName, topics: topic }));
    this.#addNode([sourceName], { kind: "processor", name: processorName, supplier });
    this.stores.set(store.name, { builder: store, global: true });
    this.connections.get(processorName)!.add(store.name);
    this.globalSources.add(sourceName);
  }

  /** Throws TopologyError for names or a topic that are taken. */
  addReadOnlyStateStore<K, V>(options: ReadOnlyStoreOptions<K, V>): void {
    const { store, sourceName, processorName, topic, processor } = options;
    if (this.stores.has(store.name)) throw storeTaken(store.name);
    this.addSource({ ...options, name: sourceName, topics: topic });
    this.addProcessor({ name: processorName, processor, parents: [sourceName] });
    this.addStateStore(Object.freeze({ ...store, logging: false }), [processorName]);
    this.connectSourceStoreAndTopic(store.name, topic);
  }

  /** Says that a topic of this name, which sources and sinks may name, is the library's own. */
  addInternalTopic(options: RepartitionTopicOptions): void {
    validateName(options.name);
    if (options.partitions !== null && !(Number.isInteger(options.partitions) && options.partitions > 0)) {
      throw new InvalidArgumentError(
        `Topic ${options.name} cannot have ${options.partitions} partitions. Give it one or more.`,
      );
    }
    this.repartitionTopics.set(options.name, options);
  }

  /** The topics of these sources must have equal partition counts. */
  copartitionSources(sources: readonly string[]): void {
    this.copartitionedSources.push([...sources]);
  }

  /** Takes the source topic for the store's changelog: none is made, the store is restored from the topic. */
  connectSourceStoreAndTopic(store: string, topic: string): void {
    if (this.sourceChangelogs.has(store))
      throw new TopologyError(`Store ${store} has a source topic for changelog already.`);
    this.sourceChangelogs.set(store, topic);
  }

  #source<K, V>(options: SourceOptions<K, V>): Omit<SourceNode, "children"> {
    const { name, topics } = options;
    const isPattern = topics instanceof RegExp;
    return {
      kind: "source",
      name,
      topics: isPattern ? [] : typeof topics === "string" ? [topics] : [...topics],
      pattern: isPattern ? topics : null,
      key: this.#serde("key", options.key, { name, kind: "source" }),
      value: this.#serde("value", options.value, { name, kind: "source" }),
      timestampExtractor: (options.timestampExtractor ?? null) as SourceNode["timestampExtractor"],
      offsetReset: options.offsetReset ?? null,
    };
  }

  #addNode(parents: readonly string[], node: NodeDraft): void {
    this.nodes.set(node.name, Object.freeze(node));
    this.parents.set(node.name, [...parents]);
    if (node.kind === "processor") this.connections.set(node.name, new Set());
    this.groups.add(node.name);
    for (const parent of parents) this.groups.unite(node.name, parent);
  }

  #connect(processor: string, store: string): void {
    const draft = this.stores.get(store);
    if (draft === undefined)
      throw new TopologyError(`StateStore ${store} is not added yet. Add it before you connect ${processor} to it.`);
    if (draft.global) {
      throw new TopologyError(
        `Global StateStore ${store} can be used by every processor; do not connect ${processor} to it.`,
      );
    }
    const node = this.nodes.get(processor);
    if (node === undefined)
      throw new TopologyError(`Processor ${processor} is not added yet. Add it before you connect stores to it.`);
    if (node.kind !== "processor")
      throw new TopologyError(`StateStore ${store} cannot be connected to ${processor}: it is a ${node.kind}.`);
    const first = this.#firstUser.get(store);
    if (first === undefined) this.#firstUser.set(store, processor);
    else this.groups.unite(first, processor);
    this.connections.get(processor)!.add(store);
  }

  #requireNewName(name: string): void {
    if (name === "") throw new TopologyError("A node needs a name.");
    if (this.nodes.has(name)) throw new TopologyError(`Processor ${name} is already added. Choose another name.`);
  }

  #requireParents(what: string, name: string, parents: readonly string[]): void {
    if (parents.length === 0) throw new TopologyError(`${what} ${name} must have at least one parent.`);
    for (const parent of parents) {
      if (parent === name) throw new TopologyError(`${what} ${name} cannot be its own parent.`);
      const node = this.nodes.get(parent);
      if (node === undefined) throw new TopologyError(`Parent ${parent} of ${name} is not added yet. Add it first.`);
      if (node.kind === "sink")
        throw new TopologyError(`Sink ${parent} cannot be the parent of ${name}: nothing comes out of a sink.`);
      if (this.globalSources.has(parent))
        throw new TopologyError(`Source ${parent} of a global store cannot be the parent of ${name}.`);
    }
  }

  #serde<T>(
    side: "key" | "value",
    given: Serde<T> | undefined,
    node: Pick<NodeDraft, "name" | "kind">,
  ): Serde<unknown> {
    const serde = given ?? this.#defaults[side];
    if (serde === undefined) throw new MissingSerdeError(node.name, node.kind, side, null);
    return (side === "key" ? keySerdeOf(serde) : serde) as Serde<unknown>;
  }
}

function storeTaken(name: string): TopologyError {
  return new TopologyError(`A different StateStore has already been added with the name ${name}. Choose another name.`);
}
