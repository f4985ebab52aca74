import type { Socket } from "node:net";

/**
 * The parts of kafkajs 2.2.4 we stand on that its own types leave out. `requireParts` checks at start that they are there.
 */
export interface KafkajsCluster {
  readonly rootLogger: unknown;
  readonly connectionPoolBuilder: {
    build(destination?: { host?: string; port?: number; rack?: string | null }): Promise<KafkajsConnectionPool>;
  };
  readonly brokerPool: {
    createBroker(options: {
      connectionPool: KafkajsConnectionPool;
      logger: unknown;
      versions?: KafkajsVersions | null;
      nodeId?: number;
    }): KafkajsBroker;
  };
}

export type KafkajsVersions = Readonly<Record<string, { readonly minVersion: number; readonly maxVersion: number }>>;

export interface KafkajsBroker {
  readonly versions: KafkajsVersions | null;
  readonly connectionPool: KafkajsConnectionPool;
  isConnected(): boolean;
  /** Connects the first socket, learns the versions, authenticates. */
  connect(): Promise<void>;
}

export interface KafkajsConnectionPool {
  readonly host: string;
  readonly port: number;
  readonly pool: readonly KafkajsConnection[];
}

export interface KafkajsConnection {
  /** What was read and is not a whole answer yet. */
  chunks: Buffer[];
  readonly bytesBuffered: number;
  readonly requestQueue: KafkajsRequestQueue;
  /** Absent before the first connect. */
  readonly socket?: Socket;
  isConnected(): boolean;
  /** False also while a session that ends soon is to be renewed, and without SASL. */
  isAuthenticated(): boolean;
  /** Logs in where that is due. */
  authenticate(): Promise<void>;
  connect(): Promise<unknown>;
  disconnect(): Promise<unknown>;
  nextCorrelationId(): number;
  /** Takes in what the socket brought. */
  processData(data: Buffer): void;
  rejectRequests(error: Error): void;
}

export interface KafkajsRequestQueue {
  push(request: {
    readonly entry: {
      readonly apiKey: number;
      readonly apiVersion: number;
      readonly apiName: string;
      readonly correlationId: number;
      readonly resolve: (answer: { readonly payload: Buffer }) => void;
      readonly reject: (error: Error) => void;
    };
    readonly expectResponse: true;
    readonly requestTimeout: number;
    readonly sendRequest: () => void;
  }): void;
}
