export type { BuildOptions, Optimization } from "./build-options.js";
export { lower } from "./lowering.js";
export type * from "./operators.js";
export { Plan } from "./plan.js";
export type * from "./plan-node.js";
export { repartitionNames, repartitionTopic } from "./repartition-names.js";
export type { DefaultSerdes } from "./serde-resolver.js";
export { changedSlot, keptSlot, mergedSlot, slotOf, windowedSlot, type SerdeSlot } from "./serde-slot.js";
export type { StoreSpec } from "./store-spec.js";
