import { Kafka, type KafkaConfig } from "kafkajs";
import { FatalClientError } from "../../port/errors.js";
import type { KafkajsCluster, KafkajsConnection } from "./kafkajs-parts.js";

/**
 * A kafkajs cluster of its own, with its own sockets. kafkajs hands it to assigners and to nobody else; a consumer that is
 * never run costs nothing. Throws FatalClientError when the kafkajs at hand is not the one we are built for.
 */
export function captureCluster(config: KafkaConfig): KafkajsCluster {
  let captured: unknown = null;
  new Kafka(config).consumer({
    groupId: "unused",
    allowAutoTopicCreation: false,
    partitionAssigners: [
      ({ cluster }) => {
        captured = cluster;
        return {
          name: "unused",
          version: 0,
          assign: () => Promise.resolve([]),
          protocol: () => ({ name: "unused", metadata: Buffer.alloc(0) }),
        };
      },
    ],
  });
  requireParts(captured);
  return captured;
}

function requireParts(cluster: unknown): asserts cluster is KafkajsCluster {
  const parts = cluster as Partial<KafkajsCluster> | null;
  if (
    typeof parts?.connectionPoolBuilder?.build === "function" &&
    typeof parts.brokerPool?.createBroker === "function" &&
    parts.rootLogger !== undefined
  ) {
    return;
  }
  throw foreignKafkajs();
}

/** Throws FatalClientError for the connection of another kafkajs. */
export function requireConnectionParts(connection: Partial<KafkajsConnection> | undefined): KafkajsConnection {
  if (
    Array.isArray(connection?.chunks) &&
    typeof connection.processData === "function" &&
    typeof connection.nextCorrelationId === "function" &&
    typeof connection.requestQueue?.push === "function"
  ) {
    return connection as KafkajsConnection;
  }
  throw foreignKafkajs();
}

function foreignKafkajs(): FatalClientError {
  return new FatalClientError("The installed kafkajs is not the one this client is built on. Install kafkajs 2.2.4.");
}
