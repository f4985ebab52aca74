import { processorMaker } from "../processors/processors.js";
import { functionIn, textIn } from "../values/fields.js";
import { consumed, materialized } from "./options.js";
import { asStream, asTable, type OperationTable } from "./scene.js";
import { storeOf } from "./store-builder.js";
import { topicsOf } from "./topic-serdes.js";

/** Topics and stores that a topology begins with. */
export const sources: OperationTable = {
  stream(operation, { builder, serdes }) {
    serdes.addInput(operation);
    return asStream(builder.stream(topicsOf(operation), consumed(operation)));
  },

  table(operation, { builder, serdes, storeDefaults }) {
    serdes.addInput(operation);
    // The store's serdes are the source's: Java has both, and the vectors always give them alike.
    const options = { ...materialized(operation, storeDefaults), ...consumed(operation) };
    return asTable(builder.table(textIn(operation, "topic"), options));
  },

  globalTable(operation, { builder, serdes, storeDefaults }) {
    serdes.addInput(operation);
    const options = { ...materialized(operation, storeDefaults), ...consumed(operation) };
    return { kind: "global table", table: builder.globalTable(textIn(operation, "topic"), options) };
  },

  store(operation, { builder }) {
    builder.addStateStore(storeOf(operation));
    return null;
  },

  globalStore(operation, { builder, serdes }) {
    serdes.addInput(operation);
    const processor = processorMaker(functionIn(operation, "processor"));
    builder.addGlobalStore(storeOf(operation), textIn(operation, "topic"), processor, consumed(operation));
    return null;
  },
};
