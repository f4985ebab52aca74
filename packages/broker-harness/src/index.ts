export type { BrokerNode } from "./broker-node.js";
export type { BrokerProxy, Mishap } from "./broker-proxy.js";
export { jarsOf } from "./java-project.js";
export { javaTool } from "./java-tools.js";
export { KAFKA_VERSION, startBroker, type Cluster, type ClusterOptions } from "./start-broker.js";
export { startRegistry, type RegistryProcess } from "./start-registry.js";
export { startPostgres, type Postgres, type PostgresOptions } from "./start-postgres.js";
export { canStartBrokers, sharedBrokers } from "./test-brokers.js";
export {
  consumeByJava,
  joinByJava,
  prepareJavaPrograms,
  produceByJava,
  startJavaApp,
  type JavaApp,
  type JavaAppOptions,
  type JavaMember,
  type JavaRecord,
} from "./java-programs.js";
export { PostgresUnavailableError } from "./unavailable.js";
