export type { ContractRunner, ContractWorld } from "./contract.js";
export { runClientContract } from "./run-client-contract.js";
