import { describeRegistry } from "../conformance/registry-contract.js";
import { inMemoryRegistry } from "./in-memory-registry.js";

describeRegistry({
  name: "the registry in memory",
  start: async () => inMemoryRegistry(),
  stop: async () => {},
});

describeRegistry({
  name: "the registry in memory that takes its time",
  start: async () => inMemoryRegistry({ faults: { latencyMs: 1 } }),
  stop: async () => {},
});
