import type { Topology } from "@millrace/streams-core";
import { timestampExtractor } from "../functions/timestamp-extractors.js";
import { topicExtractor } from "../functions/topic-extractors.js";
import { processorMaker } from "../processors/processors.js";
import type { Operation } from "../scenario.js";
import { functionIn, has, textIn, textsIn } from "../values/fields.js";
import { MalformedScenarioError } from "../values/malformed-scenario-error.js";
import { givenSerdes } from "./options.js";
import { ownStores, storeOf } from "./store-builder.js";
import { topicsOf, type TopicSerdes } from "./topic-serdes.js";

type ApplyToTopology = (operation: Operation, topology: Topology, serdes: TopicSerdes) => void;

const OPERATIONS: Readonly<Record<string, ApplyToTopology>> = {
  addSource(operation, topology, serdes) {
    serdes.addInput(operation);
    const extractor = has(operation, "timestampExtractor") ? functionIn(operation, "timestampExtractor") : null;
    topology.addSource({
      name: textIn(operation, "name"),
      topics: topicsOf(operation),
      ...givenSerdes(operation),
      ...(extractor === null ? {} : { timestampExtractor: timestampExtractor(extractor) }),
    });
  },

  addProcessor(operation, topology) {
    const get = processorMaker(functionIn(operation, "processor"));
    topology.addProcessor({
      name: textIn(operation, "name"),
      processor: { get, stores: () => ownStores(operation) },
      parents: textsIn(operation, "parents"),
    });
  },

  addSink(operation, topology, serdes) {
    serdes.addOutput(operation);
    topology.addSink({
      name: textIn(operation, "name"),
      topic: has(operation, "topicExtractor")
        ? topicExtractor(functionIn(operation, "topicExtractor"))
        : textIn(operation, "topic"),
      parents: textsIn(operation, "parents"),
      ...givenSerdes(operation),
    });
  },

  addStateStore(operation, topology) {
    topology.addStateStore(storeOf(operation), textsIn(operation, "parents"));
  },

  addGlobalStore(operation, topology, serdes) {
    serdes.addInput(operation);
    topology.addGlobalStore({
      store: storeOf(operation),
      sourceName: textIn(operation, "sourceName"),
      topic: textIn(operation, "topic"),
      processorName: textIn(operation, "name"),
      processor: processorMaker(functionIn(operation, "processor")),
      ...givenSerdes(operation),
    });
  },

  connect(operation, topology) {
    topology.connectProcessorAndStateStores(textIn(operation, "name"), textsIn(operation, "stores"));
  },
};

/** Adds to a topology that is wired by hand. */
export function applyToTopology(operation: Operation, topology: Topology, serdes: TopicSerdes): void {
  const apply = OPERATIONS[operation.op];
  if (apply === undefined) throw new MalformedScenarioError(`unknown operation ${operation.op}`);
  apply(operation, topology, serdes);
}
