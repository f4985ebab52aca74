import { abortable } from "@millrace/kernel";
import { RetriableError } from "../../port/errors.js";
import { ResponseReader } from "../../protocol/requests/reader.js";
import type { Request } from "../../protocol/requests/request.js";
import type { ConnectionSettings } from "../kafka-options.js";
import { Backoff } from "./backoff.js";
import type { BrokerAddress } from "./broker-address.js";
import type {
  EncodedBody,
  KafkajsCluster,
  KafkajsConnection,
  KafkajsConnectionPool,
  KafkajsVersions,
} from "./kafkajs-parts.js";
import { requireVersion, requireVersions } from "./required-versions.js";
import { transportError } from "./transport-errors.js";

const NO_TAGS = Buffer.from([0]);
const TIMED_OUT = "KafkaJSRequestTimeoutError";

/**
 * One socket to one broker, connected when first used and again after it broke. Each connection is a kafkajs connection of
 * its own: one that is connected anew would read on in the middle of the answer it broke off in.
 */
export class BrokerLink {
  readonly address: BrokerAddress;
  readonly #cluster: KafkajsCluster;
  readonly #settings: ConnectionSettings;
  readonly #backoff: Backoff;
  readonly #closed = new AbortController();
  #connecting: Promise<KafkajsConnection> | null = null;
  #connection: KafkajsConnection | null = null;
  #versions: KafkajsVersions = {};

  constructor(cluster: KafkajsCluster, settings: ConnectionSettings, address: BrokerAddress) {
    this.address = address;
    this.#cluster = cluster;
    this.#settings = settings;
    this.#backoff = new Backoff(settings);
  }

  get connected(): boolean {
    return this.#connection?.isConnected() ?? false;
  }

  /** Rejects with RetriableError, AuthorizationError, or FatalClientError for a broker too old or too new. */
  async connect(): Promise<void> {
    await this.#connected();
  }

  async send<T>(request: Request<T>): Promise<T> {
    const connection = this.#usable() ?? (await this.#connected());
    requireVersion(this.#versions, request, this.#name);
    let body: Buffer;
    try {
      body = await connection.send(this.#call(request));
    } catch (error) {
      // A late answer, if any, would keep those behind it waiting: begin anew, as the Java client does.
      if ((error as Error).name === TIMED_OUT) this.#drop(connection, error as Error);
      throw transportError(error, `${request.name} at ${this.#name}`);
    }
    return request.decode(request.flexible ? withoutHeaderTags(body) : body);
  }

  /** Ends what is in flight with RetriableError. */
  close(): void {
    const error = new RetriableError(`The connection to ${this.#name} was closed by this client.`);
    this.#closed.abort(error);
    if (this.#connection !== null) this.#drop(this.#connection, error);
  }

  get #name(): string {
    return `broker ${this.address.host}:${this.address.port}`;
  }

  #usable(): KafkajsConnection | null {
    return this.connected ? this.#connection : null;
  }

  #connected(): Promise<KafkajsConnection> {
    return (this.#connecting ??= this.#connect().finally(() => (this.#connecting = null)));
  }

  async #connect(): Promise<KafkajsConnection> {
    const { signal } = this.#closed;
    const what = `Connecting to ${this.#name}`;
    signal.throwIfAborted();
    await this.#backoff.pause(signal);
    let pool: KafkajsConnectionPool | null = null;
    try {
      pool = await this.#cluster.connectionPoolBuilder.build({ ...this.address });
      const broker = this.#cluster.brokerPool.createBroker({ connectionPool: pool, logger: this.#cluster.rootLogger });
      await abortable(this.#untilSettled(broker.connect(), pool.pool[0]!), signal);
      this.#versions = broker.versions ?? {};
      requireVersions(this.#versions, this.#name);
      this.#backoff.succeeded();
      return (this.#connection = pool.pool[0]!);
    } catch (error) {
      this.#backoff.failed();
      if (pool !== null) this.#drop(pool.pool[0]!, error as Error);
      throw transportError(error, what);
    }
  }

  /** A connection that is made after this link was closed would stay open: nobody holds it. */
  #untilSettled(connecting: Promise<void>, connection: KafkajsConnection): Promise<void> {
    return connecting.finally(() => {
      const { aborted, reason } = this.#closed.signal;
      if (aborted) this.#drop(connection, reason as Error);
    });
  }

  #call<T>(request: Request<T>): Parameters<KafkajsConnection["send"]>[0] {
    const { name: apiName, apiKey, apiVersion, flexible, waitMs = 0 } = request;
    return {
      request: { apiKey, apiVersion, apiName, encode: () => encoded(request.encode(), flexible) },
      response: { decode: asItIs, parse: asItIs },
      requestTimeout: this.#settings.requestTimeoutMs + waitMs,
      logResponseError: false,
    };
  }

  #drop(connection: KafkajsConnection, error: Error): void {
    if (this.#connection === connection) this.#connection = null;
    // Before it disconnects, a kafkajs connection waits for the answers still due: there will be none.
    connection.rejectRequests(error);
    void connection.disconnect().catch(() => undefined);
    connection.socket?.destroy(error);
  }
}

function asItIs(body: Buffer): Buffer {
  return body;
}

function encoded(body: Buffer, flexible: boolean): EncodedBody {
  // kafkajs writes headers without tags: the empty section goes before the body.
  const buffer = flexible ? Buffer.concat([NO_TAGS, body]) : body;
  return { buf: buffer, buffer, size: () => buffer.length };
}

function withoutHeaderTags(body: Buffer): Buffer {
  const reader = new ResponseReader(body);
  reader.tags();
  return body.subarray(reader.position);
}
