import { fixedKeyProcessorMaker } from "../processors/fixed-key-processors.js";
import { processorMaker } from "../processors/processors.js";
import { functionIn, textsIn } from "../values/fields.js";
import { named } from "./options.js";
import { asStream, type OperationTable } from "./scene.js";
import { ownStores } from "./store-builder.js";

/** Processors of the user's inside a stream. */
export const processing: OperationTable = {
  process(operation, scene) {
    const get = processorMaker(functionIn(operation, "processor"));
    const supplier = { get, stores: () => ownStores(operation) };
    const options = { ...named(operation), stores: textsIn(operation, "stores") };
    return asStream(scene.stream(operation).process(supplier, options));
  },

  processValues(operation, scene) {
    const get = fixedKeyProcessorMaker(functionIn(operation, "processor"));
    const supplier = { get, stores: () => ownStores(operation) };
    const options = { ...named(operation), stores: textsIn(operation, "stores") };
    return asStream(scene.stream(operation).processValues(supplier, options));
  },
};
