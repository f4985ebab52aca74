import { memoryHome } from "../../../embedded/cluster-home.js";
import { Cluster } from "../../../embedded/cluster.js";
import type { Transaction } from "../../../embedded/transaction/transactions.js";
import { FatalClientError, ProducerFencedError, RetriableError } from "../../../port/errors.js";
import { tp, type TopicPartition } from "../../../port/topic-partition.js";
import type { Environment } from "@millrace/kernel";
import { readRecordBatch } from "../../../protocol/index.js";
import { isTransactional, type RecordBatch } from "../../../protocol/record-batch.js";
import { ErrorCode } from "../../../protocol/error-codes.js";
import { ResponseReader } from "../../../protocol/requests/reader.js";
import type { Request } from "../../../protocol/requests/request.js";
import { RequestWriter } from "../../../protocol/requests/writer.js";
import type { NodeId, Transport } from "../../transport/transport.js";

const NODES = 3;
const TRANSACTIONAL_ID = "simulated";

/** One connection of the client to a broker. When it breaks, all that is on its way goes unanswered. */
interface Connection {
  arrivesAtMs: number;
  readonly unanswered: Set<() => void>;
}

/**
 * The brokers of an embedded cluster behind a bad network: requests and answers are late or lost, some requests come
 * after their sender has given them up, leaders move, replicas answer too late. What a broker does with a request that
 * reaches it is what Kafka does.
 */
export class UnreliableCluster implements Transport {
  readonly cluster: Cluster;
  readonly #closed = new AbortController();
  /** No more trouble from now on. */
  calm = false;
  /** No request reaches a broker, and no answer comes. */
  down = false;
  readonly #environment: Environment;
  readonly #trouble: number;
  readonly #connections = new Map<NodeId, Connection>();
  readonly #leaders = new Map<TopicPartition, NodeId>();
  /** What the client believes. */
  readonly #known = new Map<TopicPartition, NodeId>();
  /** The one transactional id. */
  #owner: Transaction | null = null;
  /** The end last asked for, to answer a question that is asked again. */
  #lastEnd: { epoch: number; commit: boolean } | null = null;

  /** `trouble`: how likely each step of a request goes wrong, from 0 to 1. */
  constructor(environment: Environment, topic: string, partitions: number, trouble: number) {
    this.#environment = environment;
    this.#trouble = trouble;
    this.cluster = new Cluster(
      { transactionMarkerDelayMs: () => this.#below(40) },
      environment,
      memoryHome(environment),
    );
    this.cluster.topics.create({ name: topic, partitions });
    for (let partition = 0; partition < partitions; partition++)
      this.#leaders.set(tp(topic, partition), partition % NODES);
  }

  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  open(): Promise<void> {
    return Promise.resolve();
  }

  anyNode(): Promise<NodeId> {
    return Promise.resolve(this.#below(NODES));
  }

  leader(partition: TopicPartition): NodeId | undefined {
    return this.#known.get(partition);
  }

  leaderEpoch(): number {
    return -1;
  }

  partitionCount(topic: string): number | undefined {
    return this.#known.has(tp(topic, 0)) ? this.cluster.topics.get(topic)!.logs.length : undefined;
  }

  async refresh(topics: readonly string[]): Promise<{ readonly missing: readonly string[] }> {
    await this.#pass(this.#below(20));
    if (this.#goesWrong()) throw new RetriableError("No metadata.");
    for (const [partition, node] of this.#leaders) this.#known.set(partition, node);
    return { missing: topics.filter((topic) => this.cluster.topics.get(topic) === undefined) };
  }

  coordinator(): Promise<NodeId> {
    return Promise.resolve(0);
  }

  forgetCoordinator(): void {
    // There is but one.
  }

  close(): Promise<void> {
    this.#closed.abort(new RetriableError("The transport was closed."));
    for (const connection of this.#connections.values()) this.#break(connection);
    return Promise.resolve();
  }

  send<T>(node: NodeId, request: Request<T>): Promise<T> {
    const body = Buffer.from(request.encode());
    const connection = this.#connectionTo(node);
    const nowMs = this.#environment.clock.monotonicMs();
    const arrivesAtMs = (connection.arrivesAtMs = Math.max(connection.arrivesAtMs, nowMs + this.#below(10)));
    return new Promise((resolve, reject) => {
      const broken = (): void => reject(new RetriableError("The connection broke."));
      connection.unanswered.add(broken);
      void this.#pass(arrivesAtMs - nowMs).then(async () => {
        const reached = connection.unanswered.has(broken);
        if (reached && this.#goesWrong()) this.#break(connection);
        // What was sent before the connection broke may still come, long after that, or never.
        if (!connection.unanswered.has(broken)) {
          if (this.#below(2) === 0) return;
          await this.#pass(this.#below(400));
        }
        const answer = this.#process(node, request.name, body);
        await this.#pass(1);
        if (connection.unanswered.has(broken) && this.#goesWrong()) this.#break(connection);
        if (!connection.unanswered.delete(broken)) return;
        resolve(request.decode(answer));
      });
    });
  }

  #connectionTo(node: NodeId): Connection {
    let connection = this.#connections.get(node);
    if (connection === undefined) this.#connections.set(node, (connection = { arrivesAtMs: 0, unanswered: new Set() }));
    return connection;
  }

  #break(connection: Connection): void {
    for (const [node, open] of this.#connections) if (open === connection) this.#connections.delete(node);
    const unanswered = [...connection.unanswered];
    connection.unanswered.clear();
    for (const broken of unanswered) broken();
  }

  #process(node: NodeId, name: string, body: Buffer): Buffer {
    const reader = new ResponseReader(body);
    if (name === "Produce") return this.#produce(node, reader);
    if (name === "InitProducerId") return this.#initProducerId(reader);
    if (name === "AddPartitionsToTxn") return this.#addPartitions(reader);
    if (name === "EndTxn") return this.#endTxn(reader);
    throw new Error(`The simulated cluster does not know ${name}.`);
  }

  #produce(node: NodeId, reader: ResponseReader): Buffer {
    const transactionalId = reader.nullableString();
    reader.int16();
    reader.int32();
    const writer = new RequestWriter();
    const topics = reader.array(() => ({
      topic: reader.string(),
      batches: reader.array(() => ({ partition: reader.int32(), bytes: Buffer.from(reader.nullableByteArray()!) })),
    }));
    writer.array(topics, ({ topic, batches }) => {
      writer.string(topic).array(batches, ({ partition, bytes }) => {
        const [errorCode, baseOffset] = this.#append(node, tp(topic, partition), bytes, transactionalId);
        writer.int32(partition).int16(errorCode).int64(baseOffset).int64(-1).int64(0).int32(0).nullableString(null);
      });
    });
    return writer.int32(0).bytes();
  }

  #append(node: NodeId, partition: TopicPartition, bytes: Buffer, transactionalId: string | null): [number, number] {
    if (this.#goesWrong()) this.#leaders.set(partition, this.#below(NODES));
    if (this.#leaders.get(partition) !== node) return [ErrorCode.NOT_LEADER_OR_FOLLOWER, -1];
    if (this.#goesWrong()) return [ErrorCode.NOT_ENOUGH_REPLICAS, -1];
    const log = this.cluster.topics.get(partition.topic)!.logs[partition.partition]!;
    const batch = readRecordBatch(bytes, 0);
    const refusal = isTransactional(batch) ? this.#verify(batch, partition, transactionalId) : ErrorCode.NONE;
    if (refusal !== ErrorCode.NONE) return [refusal, -1];
    try {
      const baseOffset = log.append(batch);
      return this.#goesWrong() ? [ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND, -1] : [ErrorCode.NONE, baseOffset];
    } catch (error) {
      if (error instanceof ProducerFencedError) return [ErrorCode.INVALID_PRODUCER_EPOCH, -1];
      if (error instanceof FatalClientError) return [ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, -1];
      throw error;
    }
  }

  #transaction(producerId: number, epoch: number): Transaction | null {
    const transaction = this.#owner;
    if (transaction === null || transaction.producerId !== producerId || transaction.epoch !== epoch) return null;
    return transaction;
  }

  /** As brokers do since 3.6: a batch is taken when the coordinator knows of its partition. */
  #verify(
    { producerId, producerEpoch }: RecordBatch,
    partition: TopicPartition,
    transactionalId: string | null,
  ): number {
    const owner = this.#owner;
    if (transactionalId === null) return ErrorCode.INVALID_RECORD;
    if (owner?.producerId === producerId && owner.epoch > producerEpoch) return ErrorCode.INVALID_PRODUCER_EPOCH;
    const transaction = this.#transaction(producerId, producerEpoch);
    if (transaction?.status !== "ongoing") return ErrorCode.INVALID_TXN_STATE;
    const holds = [...transaction.logs].some((log) => log.tp === partition);
    return holds ? ErrorCode.NONE : ErrorCode.INVALID_TXN_STATE;
  }

  #initProducerId(reader: ResponseReader): Buffer {
    const transactionalId = reader.compactNullableString();
    if (transactionalId === null) return identity(0, this.cluster.transactions.newProducer());
    const timeoutMs = reader.int32();
    reader.int64();
    const epoch = reader.int16();
    const owner = this.#owner;
    if (owner !== null) {
      // The question of a producer that has the epoch already: its first one was answered, and the answer lost.
      const again = epoch >= 0 && epoch === owner.epoch - 1;
      if (epoch >= 0 && epoch !== owner.epoch && !again) return identity(ErrorCode.PRODUCER_FENCED);
      if (owner.status === "ongoing") void this.cluster.transactions.init(TRANSACTIONAL_ID, timeoutMs);
      if (owner.status !== "empty") return identity(ErrorCode.CONCURRENT_TRANSACTIONS);
      if (again) return identity(0, owner);
    }
    void this.cluster.transactions.init(TRANSACTIONAL_ID, timeoutMs).then((transaction) => (this.#owner = transaction));
    return this.#owner === null ? identity(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS) : identity(0, this.#owner);
  }

  #addPartitions(reader: ResponseReader): Buffer {
    reader.string();
    const transaction = this.#transaction(reader.int64(), reader.int16());
    const topics = reader.array(() => ({ topic: reader.string(), partitions: reader.array(() => reader.int32()) }));
    let errorCode: number = transaction === null ? ErrorCode.PRODUCER_FENCED : ErrorCode.NONE;
    if (transaction?.status === "ending") errorCode = ErrorCode.CONCURRENT_TRANSACTIONS;
    const writer = new RequestWriter().int32(0);
    writer.array(topics, ({ topic, partitions }) => {
      writer.string(topic).array(partitions, (partition) => {
        if (errorCode === ErrorCode.NONE) {
          this.cluster.transactions.addPartition(transaction!, this.cluster.topics.get(topic)!.logs[partition]!);
        }
        writer.int32(partition).int16(errorCode);
      });
    });
    return writer.bytes();
  }

  #endTxn(reader: ResponseReader): Buffer {
    reader.string();
    const transaction = this.#transaction(reader.int64(), reader.int16());
    const commit = reader.boolean();
    const answer = (errorCode: number): Buffer => new RequestWriter().int32(0).int16(errorCode).bytes();
    if (transaction === null) return answer(ErrorCode.PRODUCER_FENCED);
    if (transaction.status === "ending") return answer(ErrorCode.CONCURRENT_TRANSACTIONS);
    if (transaction.status === "ongoing") {
      this.cluster.transactions.end(transaction, commit);
      this.#lastEnd = { epoch: transaction.epoch, commit };
      return answer(ErrorCode.NONE);
    }
    const known = this.#lastEnd?.epoch === transaction.epoch && this.#lastEnd.commit === commit;
    return answer(known ? ErrorCode.NONE : ErrorCode.INVALID_TXN_STATE);
  }

  #goesWrong(): boolean {
    if (this.down) return true;
    return !this.calm && this.#environment.randomness.fraction() < this.#trouble;
  }

  #below(bound: number): number {
    return Math.floor(this.#environment.randomness.fraction() * bound);
  }

  #pass(ms: number): Promise<void> {
    return new Promise((resolve) => this.#environment.scheduler.after(ms, resolve));
  }
}

function identity(errorCode: number, { producerId, epoch } = { producerId: -1, epoch: -1 }): Buffer {
  return new RequestWriter().int32(0).int16(errorCode).int64(producerId).int16(epoch).tags().bytes();
}
