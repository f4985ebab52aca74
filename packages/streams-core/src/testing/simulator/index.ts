export { SimulationFailure } from "./simulation-failure.js";
export type { PlantedBug } from "./simulated-fleet.js";
export type { SimulatedSurroundings } from "./simulated-service.js";
export type { SimulationScenario } from "./simulation-scenario.js";
export { simulationSeeds } from "./simulation-seeds.js";
export { Simulation, type SimulationOptions } from "./simulation.js";
export { checkStores } from "./store-check.js";
export type { StoredRecord } from "./topic-reader.js";
