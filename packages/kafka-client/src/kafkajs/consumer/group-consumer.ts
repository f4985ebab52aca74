import type { Environment } from "@millrace/kernel";
import { MemberConsumer } from "../../membership/member-consumer.js";
import { MemberLoop } from "../../membership/member-loop.js";
import type {
  GroupAssignor,
  GroupConsumer,
  GroupConsumerConfig,
  GroupMetadata,
  OffsetAndMetadata,
  RebalanceListener,
} from "../../port/consumer.js";
import { FatalClientError, MissingTopicError, OffsetOutOfRangeError, RetriableError } from "../../port/errors.js";
import type { FetchedPartition } from "../../port/records.js";
import type { TopicPartition, TpMap } from "../../port/topic-partition.js";
import { fetchLimits, FetchSession } from "../../reading/fetch-session.js";
import type { LogEnds, PartitionReader, PartitionSource } from "../../reading/partition-reader.js";
import { Coordinator } from "../group/coordinator.js";
import { GroupOffsets } from "../group/group-offsets.js";
import { GroupRequests } from "../group/group-requests.js";
import { TopicWatch } from "../group/topic-watch.js";
import type { Transport } from "../transport/transport.js";
import { StartPositions, type LogOffsets } from "./start-positions.js";

/** What a group consumer is built of. */
export interface GroupConsumerParts {
  /** For joining and heartbeats alone: these wait at the broker. Closed with the consumer. */
  readonly membership: Transport;
  /** For everything that is answered at once. Stays open. */
  readonly shared: Transport;
  readonly ends: LogEnds & LogOffsets;
  /** `onData` is to be called when there is something to take. */
  readonly source: (onData: () => void) => PartitionSource<PartitionReader> & { close(): Promise<void> };
  readonly metadataMaxAgeMs: number;
  readonly onClose: () => void;
}

/** A member of a consumer group of a real cluster. Not for concurrent use: one poll at a time. */
export class KafkajsGroupConsumer extends MemberConsumer implements GroupConsumer {
  protected readonly session: FetchSession<PartitionReader>;
  protected readonly onResume: () => void;
  readonly #parts: GroupConsumerParts;
  readonly #source: { close(): Promise<void> };
  readonly #offsets: GroupOffsets;
  readonly #starts: StartPositions;
  readonly #topics: TopicWatch;
  protected readonly loop: MemberLoop;
  /** No more waiting for others. */
  readonly #closing = new AbortController();
  /** Nothing is sent any more. */
  readonly #closed = new AbortController();

  constructor(parts: GroupConsumerParts, config: GroupConsumerConfig, environment: Environment) {
    super(parts.ends, config, environment);
    this.#parts = parts;
    this.onResume = () => this.loop.signal();
    const { groupId, isolation, offsetReset } = config;
    const source = parts.source(this.onResume);
    this.#source = source;
    this.session = new FetchSession(source, fetchLimits(config));
    const waiting = new Coordinator(parts.membership, groupId);
    const aside = new Coordinator(parts.shared, groupId);
    this.#offsets = new GroupOffsets(aside, groupId, environment);
    this.#starts = new StartPositions({
      ...{ offsets: this.#offsets, logs: parts.ends, isolation, offsetReset, environment },
      ...{ signal: this.#closing.signal, onNews: this.onResume },
    });
    this.#topics = new TopicWatch({
      ...{ transport: parts.shared, environment, metadataMaxAgeMs: parts.metadataMaxAgeMs },
      onLook: () => this.loop.membership.topicsChanged(),
      onFailure: (error) => this.loop.membership.fail(error),
    });
    const protocol = new GroupRequests(groupId, { waiting, aside }, environment, this.#closed.signal);
    const member = { protocol, directory: this.#topics, owned: this.session, collect: () => this.#collect() };
    this.loop = new MemberLoop(member, config, environment);
  }

  subscribe(topics: readonly string[] | RegExp, assignor: GroupAssignor, listener: RebalanceListener): void {
    this.loop.requireOpen();
    this.#topics.watch(topics);
    this.loop.subscribe(topics, assignor, listener);
  }

  protected store(offsets: TpMap<OffsetAndMetadata>, sender: GroupMetadata): Promise<void> {
    return this.#offsets.commit(offsets, sender, this.#closed.signal);
  }

  committed(
    partitions: readonly TopicPartition[],
    options: { stable: boolean },
  ): Promise<TpMap<OffsetAndMetadata | null>> {
    return this.#offsets.committed(partitions, options.stable, this.#closing.signal);
  }

  async close(options: { leave?: boolean } = {}): Promise<void> {
    if (this.loop.closed) return;
    this.#topics.close();
    try {
      const closing = this.loop.close(options.leave ?? this.config.groupInstanceId === undefined);
      this.#closing.abort(closedError());
      await closing;
    } finally {
      this.#closed.abort(closedError());
      this.session.remove(this.session.partitions());
      await Promise.all([this.#source.close(), this.#parts.membership.close()]);
      this.#parts.onClose();
    }
  }

  #collect(): readonly FetchedPartition[] {
    this.#starts.assertSound();
    this.#starts.find(this.session.fetchers());
    return this.session.collect((reader, error) => this.#recover(reader, error));
  }

  #recover(reader: PartitionReader, error: unknown): void {
    if (error instanceof OffsetOutOfRangeError) return this.#starts.reset(reader, error);
    // The partitions of a topic that was deleted go away with the next rebalance.
    if (error instanceof MissingTopicError) return this.#topics.lookSoon();
    if (!(error instanceof RetriableError)) throw error;
  }
}

function closedError(): FatalClientError {
  return new FatalClientError("This consumer is closed. Open another one to go on reading.");
}
