import { Deferred, type Environment } from "@millrace/kernel";
import { MemberConsumer } from "../../membership/member-consumer.js";
import { MemberLoop } from "../../membership/member-loop.js";
import type {
  GroupAssignor,
  GroupConsumer,
  GroupConsumerConfig,
  GroupMetadata,
  OffsetAndMetadata,
  OffsetReset,
  RebalanceListener,
} from "../../port/consumer.js";
import { OffsetOutOfRangeError } from "../../port/errors.js";
import type { FetchedPartition } from "../../port/records.js";
import type { TopicPartition, TpMap } from "../../port/topic-partition.js";
import type { Group } from "../group/group.js";
import { GroupDoor } from "../group/group-door.js";
import type { Groups } from "../group/groups.js";
import type { Topics } from "../topics.js";
import { TopicsInProcess } from "../topics-in-process.js";
import { FetchSession, fetchLimits } from "../../reading/fetch-session.js";
import { EndsInProcess, logsInProcess } from "./logs-in-process.js";
import type { PartitionFetcher } from "./partition-fetcher.js";

/** A member of a consumer group. Not for concurrent use: one poll at a time. */
export class EmbeddedGroupConsumer extends MemberConsumer implements GroupConsumer {
  protected readonly session: FetchSession<PartitionFetcher>;
  protected readonly onResume: () => void;
  readonly #groups: Groups;
  readonly #group: Group;
  protected readonly loop: MemberLoop;
  readonly #stopListening: (() => void)[];
  readonly #onClose: () => void;
  readonly #waitingForStable = new Set<Deferred<void>>();

  constructor(
    { topics, groups }: { topics: Topics; groups: Groups },
    config: GroupConsumerConfig,
    environment: Environment,
    onClose: () => void,
  ) {
    super(new EndsInProcess(topics), config, environment);
    this.#groups = groups;
    this.#group = groups.get(config.groupId);
    this.#onClose = onClose;
    this.onResume = () => this.loop.signal();
    const limits = fetchLimits(config);
    this.session = new FetchSession(logsInProcess(topics, limits, this.onResume), limits);
    this.loop = new MemberLoop(
      {
        protocol: new GroupDoor(this.#group),
        directory: new TopicsInProcess(topics),
        owned: this.session,
        collect: () => this.#collect(),
      },
      config,
      environment,
    );
    this.#stopListening = [
      topics.onChange(() => this.loop.membership.topicsChanged()),
      this.#group.offsets.onStable(this.onResume),
    ];
  }

  subscribe(topics: readonly string[] | RegExp, assignor: GroupAssignor, listener: RebalanceListener): void {
    this.loop.subscribe(topics, assignor, listener);
  }

  protected store(offsets: TpMap<OffsetAndMetadata>, sender: GroupMetadata): void {
    this.#groups.commit(this.config.groupId, offsets, sender);
  }

  async committed(
    partitions: readonly TopicPartition[],
    options: { stable: boolean },
  ): Promise<TpMap<OffsetAndMetadata | null>> {
    const { offsets } = this.#group;
    if (options.stable) await this.#stable(partitions);
    return new Map(partitions.map((partition) => [partition, offsets.get(partition) ?? null]));
  }

  async close(options: { leave?: boolean } = {}): Promise<void> {
    if (this.loop.closed) return;
    for (const waiting of this.#waitingForStable) waiting.resolve();
    try {
      await this.loop.close(options.leave ?? this.config.groupInstanceId === undefined);
    } finally {
      this.session.remove(this.session.partitions());
      for (const stop of this.#stopListening) stop();
      this.#onClose();
    }
  }

  #collect(): readonly FetchedPartition[] {
    for (const fetcher of this.session.fetchers()) {
      if (fetcher.position === undefined && fetcher.ready && !fetcher.paused) this.#choosePosition(fetcher);
    }
    return this.session.collect((fetcher, error) => this.#recover(fetcher, error));
  }

  /** From the committed offset, else by the reset policy. While a transaction holds that offset, later. */
  #choosePosition(fetcher: PartitionFetcher): void {
    const { offsets } = this.#group;
    if (this.config.isolation === "read_committed" && offsets.isPending(fetcher.tp)) return;
    const committed = offsets.get(fetcher.tp);
    if (committed !== undefined) fetcher.seek(committed.offset);
    else this.#reset(fetcher, null);
  }

  #recover(fetcher: PartitionFetcher, error: unknown): void {
    // A deleted topic's partitions go away with the next rebalance.
    if (fetcher.log.deleted) return;
    if (!(error instanceof OffsetOutOfRangeError)) throw error;
    this.#reset(fetcher, error);
    this.loop.signal();
  }

  #reset(fetcher: PartitionFetcher, cause: OffsetOutOfRangeError | null): void {
    const { log, tp } = fetcher;
    const { fallback, byTopic } = this.config.offsetReset;
    const reset: OffsetReset = byTopic?.get(tp.topic) ?? fallback;
    const { isolation } = this.config;
    if (reset === "none") throw cause ?? new OffsetOutOfRangeError(tp, -1, log.startOffset);
    if (reset === "earliest") fetcher.seek(log.startOffset);
    else if (reset === "latest") fetcher.seek(log.endOffset(isolation));
    else fetcher.seek(log.offsetAt(this.environment.clock.nowMs() - reset.byDurationMs, isolation));
  }

  async #stable(partitions: readonly TopicPartition[]): Promise<void> {
    const { offsets } = this.#group;
    while (partitions.some((partition) => offsets.isPending(partition))) {
      this.loop.requireOpen();
      const settled = new Deferred<void>();
      const stop = offsets.onStable(() => settled.resolve());
      this.#waitingForStable.add(settled);
      await settled.promise;
      stop();
      this.#waitingForStable.delete(settled);
    }
  }
}
