import type { Environment } from "@millrace/kernel";
import type { GroupConsumerConfig, GroupMetadata, OffsetAndMetadata } from "../port/consumer.js";
import type { FetchedPartition } from "../port/records.js";
import type { TopicPartition, TpMap } from "../port/topic-partition.js";
import type { LogEnds } from "../reading/partition-reader.js";
import { SessionPositions } from "../reading/session-positions.js";
import type { MemberLoop } from "./member-loop.js";

/** What every group consumer does by its member loop and its fetch session, wherever its group is. */
export abstract class MemberConsumer extends SessionPositions {
  protected abstract readonly loop: MemberLoop;
  protected readonly config: GroupConsumerConfig;
  protected readonly environment: Environment;

  constructor(ends: LogEnds, config: GroupConsumerConfig, environment: Environment) {
    super(ends);
    this.config = config;
    this.environment = environment;
  }

  /** Hands offsets to the group as its member of that generation. */
  protected abstract store(offsets: TpMap<OffsetAndMetadata>, sender: GroupMetadata): Promise<void> | void;

  poll(maxWaitMs: number): Promise<readonly FetchedPartition[]> {
    return this.loop.poll(maxWaitMs);
  }

  tryPoll(): readonly FetchedPartition[] | null {
    return this.loop.tryPoll();
  }

  async commit(offsets: TpMap<OffsetAndMetadata>): Promise<void> {
    const { membership } = this.loop;
    const { metadata } = membership;
    try {
      await this.store(offsets, metadata);
    } catch (error) {
      throw membership.commitFailure(error, metadata);
    }
  }

  groupMetadata(): GroupMetadata {
    return this.loop.membership.metadata;
  }

  get joining(): boolean {
    return this.loop.membership.joining;
  }

  offsetsRefused(error: unknown, sender: GroupMetadata): unknown {
    return this.loop.membership.commitFailure(error, sender);
  }

  assignment(): readonly TopicPartition[] {
    return this.session.partitions();
  }

  lag(partition: TopicPartition): number | undefined {
    return this.session.find(partition)?.lag;
  }

  enforceRebalance(reason: string): void {
    this.environment.logger.debug("A rebalance was asked for.", { groupId: this.config.groupId, reason });
    this.loop.membership.requestJoin();
  }

  wakeup(): void {
    this.loop.wakeup();
  }
}
