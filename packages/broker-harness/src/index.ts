export type { BrokerNode } from "./broker-node.js";
export { startBroker, type Cluster, type ClusterOptions } from "./start-broker.js";
export { canStartBrokers, sharedBrokers } from "./test-brokers.js";
