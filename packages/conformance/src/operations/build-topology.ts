import { serdes, StreamsBuilder, Topology, type BuildOptions, type Optimization } from "@millrace/streams-core";
import type { TopologyScenario } from "../scenario.js";
import { textIn } from "../values/fields.js";
import { MalformedScenarioError } from "../values/malformed-scenario-error.js";
import { aggregating } from "./aggregating.js";
import { branching } from "./branching.js";
import { grouping } from "./grouping.js";
import { joining } from "./joining.js";
import type { StoreDefaults } from "./options.js";
import { processing } from "./processing.js";
import { Scene, type OperationTable } from "./scene.js";
import { sources } from "./sources.js";
import { stateless } from "./stateless.js";
import type { TopicSerdes } from "./topic-serdes.js";
import { suppressing } from "./suppressing.js";
import { applyToTopology } from "./topology-api.js";
import { windowing } from "./windowing.js";

const OPERATIONS: OperationTable = {
  ...sources,
  ...stateless,
  ...branching,
  ...grouping,
  ...aggregating,
  ...windowing,
  ...joining,
  ...processing,
  ...suppressing,
};

const OPTIMIZATIONS: readonly Optimization[] = [
  "reuse.ktable.source.topics",
  "merge.repartition.topics",
  "single.store.self.join",
];

/** Kafka Streams' default serdes as every scenario sets them. */
const DEFAULTS = { key: serdes.string, value: serdes.string };

function storeDefaults({ config = {} }: TopologyScenario): StoreDefaults {
  return config["dsl.store.suppliers.class"] === "InMemoryDslStoreSuppliers" ? { engine: "memory" } : {};
}

function buildOptions({ config = {} }: TopologyScenario): BuildOptions {
  const requireNames = config["ensure.explicit.internal.resource.naming"] === "true";
  const wanted = config["topology.optimization"] ?? "none";
  if (wanted === "none" || wanted === "all") return { optimization: wanted, requireNames };
  return { optimization: wanted.split(",").map(optimizationNamed), requireNames };
}

function optimizationNamed(name: string): Optimization {
  const found = OPTIMIZATIONS.find((optimization) => optimization === name.trim());
  if (found === undefined) throw new MalformedScenarioError(`unknown optimization ${name}`);
  return found;
}

/** Applies the scenario's operations in order, with the library's DSL or its Topology. Throws what the library throws. */
export function buildTopology(scenario: TopologyScenario, topicSerdes: TopicSerdes): Topology {
  if (scenario.topology[0]?.op.startsWith("add")) {
    const topology = new Topology(DEFAULTS);
    for (const operation of scenario.topology) applyToTopology(operation, topology, topicSerdes);
    return topology;
  }
  const builder = new StreamsBuilder(DEFAULTS);
  const scene = new Scene(builder as unknown as StreamsBuilder<unknown, unknown>, topicSerdes, storeDefaults(scenario));
  for (const operation of scenario.topology) {
    const apply = OPERATIONS[operation.op];
    if (apply === undefined) throw new MalformedScenarioError(`unknown operation ${operation.op}`);
    const result = apply(operation, scene);
    if (result !== null) scene.keep(textIn(operation, "id"), result);
  }
  return builder.build(buildOptions(scenario));
}
