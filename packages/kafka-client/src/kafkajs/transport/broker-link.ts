import { abortable, sleep } from "@millrace/kernel";
import { RetriableError } from "../../port/errors.js";
import { ResponseReader } from "../../protocol/requests/reader.js";
import type { Request } from "../../protocol/requests/request.js";
import type { ConnectionSettings } from "../kafka-options.js";
import { Backoff } from "./backoff.js";
import type { BrokerAddress } from "./broker-address.js";
import type { KafkajsCluster, KafkajsConnection, KafkajsConnectionPool, KafkajsVersions } from "./kafkajs-parts.js";
import { requireConnectionParts } from "./capture-cluster.js";
import { framed, writeAll } from "./request-frame.js";
import { requireVersion, requireVersions } from "./required-versions.js";
import { transportError } from "./transport-errors.js";

const INT32_BYTES = 4;

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
  #throttledUntilMs = 0;
  #pause: Promise<void> | null = null;

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
    if (this.#pause !== null || this.#throttledUntilMs > this.#nowMs()) await this.#throttled();
    const connection = this.#usable() ?? (await this.#connected());
    requireVersion(this.#versions, request, this.#name);
    let answer: Buffer;
    try {
      if (this.#settings.sasl !== undefined && !connection.isAuthenticated()) await connection.authenticate();
      answer = await this.#exchange(connection, request);
    } catch (error) {
      // A late answer, if any, would keep those behind it waiting: begin anew, as the Java client does. Nor may a socket
      // go on writing a request whose bytes are used again.
      this.#drop(connection, error as Error);
      throw transportError(error, `${request.name} at ${this.#name}`);
    }
    const body = request.flexible ? withoutHeaderTags(answer) : answer;
    this.#throttle(body, request);
    return request.decode(body);
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
      withoutEmptyChunks(requireConnectionParts(pool.pool[0]));
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

  #exchange<T>(connection: KafkajsConnection, request: Request<T>): Promise<Buffer> {
    if (!connection.isConnected()) throw new RetriableError(`The connection to ${this.#name} is broken.`);
    const { name: apiName, apiKey, apiVersion, waitMs = 0 } = request;
    const correlationId = connection.nextCorrelationId();
    const pieces = framed(request, correlationId, this.#settings.clientId);
    return new Promise((resolve, reject) => {
      connection.requestQueue.push({
        entry: { apiKey, apiVersion, apiName, correlationId, resolve: ({ payload }) => resolve(payload), reject },
        expectResponse: true,
        requestTimeout: this.#settings.requestTimeoutMs + waitMs,
        sendRequest: () => writeAll(connection.socket!, pieces),
      });
    });
  }

  /** KIP-219: the broker reads nothing of ours for as long as it says, so that what is sent meanwhile would only time out. */
  #throttle(body: Buffer, { throttleLast }: { readonly throttleLast?: boolean }): void {
    if (body.length < INT32_BYTES) return;
    const throttleMs = body.readInt32BE(throttleLast === true ? body.length - INT32_BYTES : 0);
    if (throttleMs <= 0) return;
    const untilMs = this.#nowMs() + Math.min(throttleMs, this.#settings.requestTimeoutMs);
    this.#throttledUntilMs = Math.max(this.#throttledUntilMs, untilMs);
  }

  /** One pause for all, so that they go on in their order: nobody looks at the clock again by himself. */
  #throttled(): Promise<void> {
    return (this.#pause ??= this.#pauseEnd().finally(() => (this.#pause = null)));
  }

  async #pauseEnd(): Promise<void> {
    const { scheduler } = this.#settings.environment;
    for (;;) {
      const leftMs = this.#throttledUntilMs - this.#nowMs();
      if (leftMs <= 0) return;
      await sleep(scheduler, leftMs, this.#closed.signal);
    }
  }

  #nowMs(): number {
    return this.#settings.environment.clock.monotonicMs();
  }

  #drop(connection: KafkajsConnection, error: Error): void {
    if (this.#connection === connection) this.#connection = null;
    // Before it disconnects, a kafkajs connection waits for the answers still due: there will be none.
    connection.rejectRequests(error);
    void connection.disconnect().catch(() => undefined);
    connection.socket?.destroy(error);
  }
}

/** kafkajs keeps the nothing after an answer as a chunk, and would copy the next answer to put both together. */
function withoutEmptyChunks(connection: KafkajsConnection): void {
  const process = connection.processData.bind(connection);
  connection.processData = (data) => {
    if (connection.bytesBuffered === 0) connection.chunks = [];
    process(data);
  };
}

function withoutHeaderTags(body: Buffer): Buffer {
  const reader = new ResponseReader(body);
  reader.tags();
  return body.subarray(reader.position);
}
