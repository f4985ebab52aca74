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
  isConnected(): boolean;
  connect(): Promise<unknown>;
  disconnect(): Promise<unknown>;
  rejectRequests(error: Error): void;
  /** Absent before the first connect. */
  readonly socket?: { destroy(error?: Error): void };
  send(call: {
    request: {
      apiKey: number;
      apiVersion: number;
      apiName: string;
      encode(): EncodedBody;
    };
    response: { decode(payload: Buffer): Buffer; parse(body: Buffer): Buffer };
    requestTimeout: number | null;
    logResponseError: boolean;
  }): Promise<Buffer>;
}

/** What kafkajs takes for one of its encoders. */
export interface EncodedBody {
  readonly buf: Buffer;
  readonly buffer: Buffer;
  size(): number;
}
