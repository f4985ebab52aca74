export type { TopologyTestDriverOptions } from "./driver-options.js";
export type { SentRecord } from "./sent-record.js";
export { TestInputTopic, type InputTopicOptions } from "./test-input-topic.js";
export { TestOutputTopic, type OutputTopicOptions } from "./test-output-topic.js";
export type { PipeOptions, TestRecord } from "./test-record.js";
export { TopologyTestDriver } from "./topology-test-driver.js";
export {
  MockProcessorContext,
  type CapturedForward,
  type CapturedPunctuator,
  type MockProcessorContextOptions,
} from "./mock-processor-context.js";
export {
  checkStores,
  Simulation,
  SimulationFailure,
  simulationSeeds,
  type PlantedBug,
  type SimulatedSurroundings,
  type SimulationOptions,
  type SimulationScenario,
  type StoredRecord,
} from "./simulator/index.js";
