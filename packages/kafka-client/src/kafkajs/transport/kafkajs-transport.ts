import type { Timer } from "@millrace/kernel";
import { logLevel, type KafkaConfig } from "kafkajs";
import { AuthorizationError, FatalClientError, RetriableError } from "../../port/errors.js";
import type { TopicPartition } from "../../port/topic-partition.js";
import { errorOfCode } from "../../protocol/error-codes.js";
import { findCoordinatorRequest } from "../../protocol/requests/find-coordinator.js";
import { metadataRequest, type MetadataResponse } from "../../protocol/requests/metadata.js";
import type { Request } from "../../protocol/requests/request.js";
import type { ConnectionSettings } from "../kafka-options.js";
import { Backoff } from "./backoff.js";
import { parseBrokerAddress, sameAddress, type BrokerAddress } from "./broker-address.js";
import { BrokerLink } from "./broker-link.js";
import { captureCluster } from "./capture-cluster.js";
import { ClusterMap } from "./cluster-map.js";
import { Coordinators } from "./coordinators.js";
import { frameSocket } from "./frame-socket.js";
import type { KafkajsCluster } from "./kafkajs-parts.js";
import { MetadataRefresh } from "./metadata-refresh.js";
import type { CoordinatorKind, NodeId, Transport } from "./transport.js";

const WARN_EVERY_MS = 10_000;

/**
 * Kafka over kafkajs' sockets: TLS and SASL are kafkajs', the requests, the metadata and the reconnecting are ours. One
 * socket to each broker that is used. Every call opens the transport when it is not open yet.
 */
export class KafkajsTransport implements Transport {
  readonly #settings: ConnectionSettings;
  readonly #cluster: KafkajsCluster;
  readonly #bootstrap: readonly BrokerAddress[];
  readonly #map = new ClusterMap();
  readonly #links = new Map<NodeId, BrokerLink>();
  readonly #metadata = new MetadataRefresh(this.#map, (request) => this.#askForMetadata(request));
  readonly #coordinators = new Coordinators((kind, key) => this.#patiently(() => this.#findCoordinator(kind, key)));
  readonly #closed = new AbortController();
  readonly #strangers = new Set<BrokerLink>();
  #opening: Promise<void> | null = null;
  #hold: Timer | null = null;
  #warnedAtMs = -Infinity;
  #ageTimer: Timer | null = null;

  /** Throws FatalClientError for a malformed address, or a kafkajs that is not the one we are built for. */
  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
    this.#bootstrap = settings.brokers.map(parseBrokerAddress);
    if (this.#bootstrap.length === 0) throw new FatalClientError("brokers is empty. Name at least one host:port.");
    this.#cluster = captureCluster(kafkajsConfig(settings));
  }

  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** The cluster's id; null for a cluster without one, and before the transport is open. */
  get clusterId(): string | null {
    return this.#map.clusterId;
  }

  open(): Promise<void> {
    return (this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = null;
      if (!(error instanceof RetriableError)) this.#release();
      throw error;
    }));
  }

  async send<T>(node: NodeId, request: Request<T>): Promise<T> {
    if (this.#map.nodes().length === 0) await this.open();
    return this.#link(node).send(request);
  }

  async anyNode(): Promise<NodeId> {
    await this.open();
    for (const [node, link] of this.#links) if (link.connected) return node;
    for (const node of this.#shuffled(this.#map.nodes())) {
      try {
        await this.#link(node).connect();
        return node;
      } catch (error) {
        if (error instanceof AuthorizationError || error instanceof FatalClientError) throw error;
      }
    }
    // The brokers may have moved, all of them: the first addresses may still be right (KIP-899).
    await this.#introduce(metadataRequest([]));
    const [node] = this.#map.nodes();
    if (node === undefined) throw new RetriableError("No broker is known. Try again.");
    return node;
  }

  leader(partition: TopicPartition): NodeId | undefined {
    return this.#map.leader(partition);
  }

  leaderEpoch(partition: TopicPartition): number {
    return this.#map.leaderEpoch(partition);
  }

  partitionCount(topic: string): number | undefined {
    return this.#map.partitionCount(topic);
  }

  async refresh(topics: readonly string[]): Promise<{ readonly missing: readonly string[] }> {
    await this.open();
    return this.#metadata.refresh(topics);
  }

  coordinator(kind: CoordinatorKind, key: string): Promise<NodeId> {
    return this.#coordinators.find(kind, key);
  }

  forgetCoordinator(kind: CoordinatorKind, key: string): void {
    this.#coordinators.forget(kind, key);
  }

  close(): Promise<void> {
    this.#closed.abort(new RetriableError("The connection to the cluster was closed by this client."));
    this.#ageTimer?.cancel();
    for (const link of [...this.#links.values(), ...this.#strangers]) link.close();
    this.#links.clear();
    this.#release();
    return Promise.resolve();
  }

  async #open(): Promise<void> {
    // Between two attempts, ours or our callers', there is no socket that would keep the process alive.
    this.#hold ??= this.#settings.environment.scheduler.hold();
    await this.#patiently(() => this.#introduce(metadataRequest([])));
    this.#refreshWhenOld();
  }

  #release(): void {
    this.#hold?.cancel();
    this.#hold = null;
  }

  async #findCoordinator(kind: CoordinatorKind, key: string): Promise<NodeId> {
    const answer = await this.send(await this.anyNode(), findCoordinatorRequest(kind, key));
    if (answer.errorCode !== 0) throw errorOfCode(answer.errorCode, `Finding the coordinator of ${kind} ${key}`);
    // A broker may have joined the cluster after our metadata.
    if (this.#map.address(answer.nodeId) === undefined) this.#map.learnAddress(answer.nodeId, answer);
    return answer.nodeId;
  }

  /** Metadata through any broker we know, else through the addresses we were given. */
  async #askForMetadata(request: Request<MetadataResponse>): Promise<MetadataResponse> {
    const connected = [...this.#links].filter(([, link]) => link.connected).map(([node]) => node);
    const others = this.#map.nodes().filter((node) => !connected.includes(node));
    for (const node of [...this.#shuffled(connected), ...this.#shuffled(others)]) {
      try {
        const answer = await this.#link(node).send(request);
        this.#learn(answer);
        return answer;
      } catch (error) {
        this.#rethrowUnlessRetriable(error);
      }
    }
    return this.#introduce(request);
  }

  /** Asks the addresses we were given, one after the other, until one answers. */
  async #introduce(request: Request<MetadataResponse>): Promise<MetadataResponse> {
    let failure: unknown = null;
    for (const address of this.#shuffled(this.#bootstrap)) {
      const link = new BrokerLink(this.#cluster, this.#settings, address);
      this.#strangers.add(link);
      try {
        const answer = await link.send(request);
        this.#learn(answer);
        this.#adopt(link);
        return answer;
      } catch (error) {
        link.close();
        failure = error;
        this.#rethrowUnlessRetriable(error);
      } finally {
        this.#strangers.delete(link);
      }
    }
    const addresses = this.#settings.brokers.join(", ");
    const last = failure instanceof Error ? ` The last failure: ${failure.message}` : "";
    const message = `None of the brokers ${addresses} can be reached. Check the addresses, the options ssl and sasl, and that they run.${last}`;
    if (this.#map.nodes().length === 0) this.#warn(message);
    throw new RetriableError(message, { cause: failure });
  }

  /** Of a cluster that never answered: whoever waits for it would look elsewhere for what is wrong. */
  #warn(message: string): void {
    const { clock, logger } = this.#settings.environment;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#warnedAtMs < WARN_EVERY_MS) return;
    this.#warnedAtMs = nowMs;
    logger.warn(`Waiting for a cluster. ${message}`);
  }

  /** The link to a given address goes on as the link to the broker it leads to, when that is what the broker calls itself. */
  #adopt(link: BrokerLink): void {
    for (const node of this.#map.nodes()) {
      if (this.#links.has(node) || !sameAddress(this.#map.address(node)!, link.address)) continue;
      this.#links.set(node, link);
      return;
    }
    link.close();
  }

  #learn(answer: MetadataResponse): void {
    this.#closed.signal.throwIfAborted();
    this.#map.learn(answer);
    for (const [node, link] of this.#links) {
      const address = this.#map.address(node);
      if (address !== undefined && sameAddress(address, link.address)) continue;
      link.close();
      this.#links.delete(node);
    }
  }

  #link(node: NodeId): BrokerLink {
    this.#closed.signal.throwIfAborted();
    let link = this.#links.get(node);
    if (link !== undefined) return link;
    const address = this.#map.address(node);
    if (address === undefined)
      throw new RetriableError(`Broker ${node} is not known. Refresh the metadata and try again.`);
    link = new BrokerLink(this.#cluster, this.#settings, address);
    this.#links.set(node, link);
    return link;
  }

  /** Tries again after RetriableError, with growing pauses, until `apiTimeoutMs` are over or the transport is closed. */
  async #patiently<T>(attempt: () => Promise<T>): Promise<T> {
    const { clock } = this.#settings.environment;
    const { signal } = this.#closed;
    const backoff = new Backoff(this.#settings);
    const startMs = clock.monotonicMs();
    for (;;) {
      signal.throwIfAborted();
      try {
        return await attempt();
      } catch (error) {
        this.#rethrowUnlessRetriable(error);
        backoff.failed();
        if (clock.monotonicMs() + backoff.dueMs() - startMs > this.#settings.apiTimeoutMs) throw error;
      }
      await backoff.pause(signal);
    }
  }

  #rethrowUnlessRetriable(error: unknown): void {
    this.#closed.signal.throwIfAborted();
    if (!(error instanceof RetriableError)) throw error;
  }

  #refreshWhenOld(): void {
    const { scheduler, logger } = this.#settings.environment;
    this.#ageTimer = scheduler.after(this.#settings.metadataMaxAgeMs, () => {
      this.#metadata
        .refresh([])
        .catch((error: unknown) => logger.debug("The metadata could not be refreshed.", { error }))
        .finally(() => {
          if (!this.#closed.signal.aborted) this.#refreshWhenOld();
        });
    });
  }

  #shuffled<T>(items: readonly T[]): T[] {
    const start = Math.floor(this.#settings.environment.randomness.fraction() * items.length);
    return [...items.slice(start), ...items.slice(0, start)];
  }
}

function kafkajsConfig(settings: ConnectionSettings): KafkaConfig {
  const { logger } = settings.environment;
  const { ssl, sasl } = settings;
  return {
    brokers: [...settings.brokers],
    socketFactory: frameSocket,
    clientId: settings.clientId,
    ...(ssl === undefined ? {} : { ssl }),
    // kafkajs keeps what it makes of it in the same object.
    ...(sasl === undefined ? {} : { sasl: { ...sasl } as NonNullable<KafkaConfig["sasl"]> }),
    connectionTimeout: settings.connectionTimeoutMs,
    requestTimeout: settings.requestTimeoutMs,
    logLevel: logLevel.ERROR,
    // What it calls an error, a broken connection, is ours to judge.
    logCreator: () => (entry) => logger.debug(entry.log.message, { source: "kafkajs", namespace: entry.namespace }),
  };
}
