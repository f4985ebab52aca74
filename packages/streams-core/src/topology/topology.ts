import { TopologyError } from "../model/index.js";
import type { StoreBuilder } from "../model/index.js";
import { copartitionGroupsOf, internalTopicsOf } from "./application-topics.js";
import { describeTopology } from "./describe.js";
import type { InternalTopic, PhysicalTopology } from "./nodes.js";
import type {
  GlobalStoreOptions,
  ProcessorOptions,
  ReadOnlyStoreOptions,
  SinkOptions,
  SourceOptions,
  TopologyDefaults,
} from "./options.js";
import { physicalTopology } from "./physical-topology.js";
import { TopologyBuilder } from "./topology-builder.js";
import type { TopologyDescription } from "./topology-description.js";

/**
 * Sources, processors, sinks and stores, wired by hand or made by a StreamsBuilder. Every `add…` refuses at once, with a
 * TopologyError, what cannot be right. What an app or a test driver was made of can no longer be changed.
 *
 * ```ts
 * const topology = new Topology({ key: serdes.string, value: serdes.string })
 *   .addSource({ name: "lines", topics: "input" })
 *   .addProcessor({ name: "upper", processor: () => new Upper(), parents: ["lines"] })
 *   .addSink({ name: "out", topic: "output", parents: ["upper"] });
 * ```
 */
export class Topology {
  #builder: TopologyBuilder;
  #physical: PhysicalTopology | null = null;

  /** `defaults`: serdes of the sources and sinks that name none. */
  constructor(defaults: TopologyDefaults = {}) {
    this.#builder = new TopologyBuilder(defaults);
  }

  /** @internal What the DSL lowered itself to. Throws TopologyError for clashing topic names. */
  static of(builder: TopologyBuilder): Topology {
    physicalTopology(builder);
    const topology = new Topology();
    topology.#builder = builder;
    return topology;
  }

  /** Reads topics. A topic can be read by one source only. Throws MissingSerdeError if serdes are neither given nor defaults. */
  addSource<K, V>(options: SourceOptions<K, V>): this {
    this.#open().addSource(options);
    return this;
  }

  /** Runs a processor on what its parents forward. Parents must be there already. */
  addProcessor<KIn, VIn, KOut, VOut>(options: ProcessorOptions<KIn, VIn, KOut, VOut>): this {
    this.#open().addProcessor(options);
    return this;
  }

  /** Writes what its parents forward. */
  addSink<K, V>(options: SinkOptions<K, V>): this {
    this.#open().addSink(options);
    return this;
  }

  /** Adds a store and connects it to the named processors. Processors that share a store share a task. */
  addStateStore(store: StoreBuilder, processors: readonly string[] = []): this {
    this.#open().addStateStore(store, processors);
    return this;
  }

  /** Adds a store that every instance holds whole. Every processor may read it, only its own may write it. */
  addGlobalStore<K, V>(options: GlobalStoreOptions<K, V>): this {
    this.#open().addGlobalStore(options);
    return this;
  }

  /**
   * Adds a store that is filled from a topic, partition by partition, which is its backup as well: it has no changelog and
   * is restored from the topic (KIP-813). Other processors may be connected to read it; only its own may write it, each
   * record as it came.
   */
  addReadOnlyStateStore<K, V>(options: ReadOnlyStoreOptions<K, V>): this {
    this.#open().addReadOnlyStateStore(options);
    return this;
  }

  /** Lets a processor use stores that were added before. */
  connectProcessorAndStateStores(processor: string, stores: readonly string[]): this {
    this.#open().connectProcessorAndStateStores(processor, stores);
    return this;
  }

  /** What the topology is made of; its `toString()` is Kafka Streams' text, byte for byte. */
  describe(): TopologyDescription {
    return describeTopology(this.#builder);
  }

  /** The repartition and changelog topics this application needs, by name. Does not close the topology to changes. */
  internalTopics(applicationId: string): readonly InternalTopic[] {
    return internalTopicsOf(this.#physical ?? physicalTopology(this.#builder), applicationId);
  }

  /** Groups of topics that must have equal partition counts, each sorted. Does not close the topology to changes. */
  copartitionGroups(applicationId: string): readonly (readonly string[])[] {
    return copartitionGroupsOf(this.#physical ?? physicalTopology(this.#builder), applicationId);
  }

  /** @internal What the engine runs. From here on the topology cannot be changed. */
  physical(): PhysicalTopology {
    this.#physical ??= physicalTopology(this.#builder);
    return this.#physical;
  }

  #open(): TopologyBuilder {
    if (this.#physical !== null) {
      throw new TopologyError(
        "The topology is in use and cannot be changed. Add everything before you start an app or a driver with it.",
      );
    }
    return this.#builder;
  }
}
