import type { Environment } from "@millrace/kernel";
import { PollWait } from "../reading/poll-wait.js";
import type { GroupAssignor, GroupConsumerConfig, RebalanceListener } from "../port/consumer.js";
import { FatalClientError } from "../port/errors.js";
import type { FetchedPartition } from "../port/records.js";
import type { GroupProtocol } from "./group-protocol.js";
import { Membership } from "./membership.js";
import type { OwnedPartitions } from "./owned-partitions.js";
import { RebalanceCallbacks } from "./rebalance-callbacks.js";
import type { TopicDirectory } from "./topic-directory.js";

/** What differs from one kind of member to another. */
export interface MemberLoopParts {
  readonly protocol: GroupProtocol;
  readonly directory: TopicDirectory;
  readonly owned: OwnedPartitions;
  /** What is there now, without waiting. */
  readonly collect: () => readonly FetchedPartition[];
}

/** Polling as a member: rebalances and records in turn, at most as long as was asked for. Not for concurrent use. */
export class MemberLoop {
  readonly membership: Membership;
  readonly #collect: () => readonly FetchedPartition[];
  readonly #environment: Environment;
  readonly #wait: PollWait;
  readonly #callbacks: RebalanceCallbacks;
  #busy = false;
  #closed = false;

  constructor(parts: MemberLoopParts, config: GroupConsumerConfig, environment: Environment) {
    this.#collect = parts.collect;
    this.#environment = environment;
    this.#wait = new PollWait(environment);
    this.membership = new Membership(parts, config, environment, () => this.signal());
    this.#callbacks = new RebalanceCallbacks(this.membership, parts.owned, config, environment);
  }

  get closed(): boolean {
    return this.#closed;
  }

  subscribe(topics: readonly string[] | RegExp, assignor: GroupAssignor, listener: RebalanceListener): void {
    this.requireOpen();
    this.#callbacks.use(assignor, listener);
    this.membership.subscribe({ wanted: topics, assignor, listener });
  }

  async poll(maxWaitMs: number): Promise<readonly FetchedPartition[]> {
    this.requireOpen();
    if (this.#busy) throw new FatalClientError("A poll of this consumer is running. Await it before polling again.");
    this.#busy = true;
    this.membership.pollStarted();
    try {
      return await this.#poll(this.#environment.clock.monotonicMs() + maxWaitMs);
    } finally {
      this.#busy = false;
      this.membership.pollEnded();
    }
  }

  /** Null when `poll` has a rebalance to see to. */
  tryPoll(): readonly FetchedPartition[] | null {
    this.requireOpen();
    this.membership.pollEnded();
    if (this.membership.due) return null;
    return this.#collect();
  }

  /** There may be something to collect, or to do for the group. */
  signal(): void {
    this.#wait.signal();
  }

  /** Ends a poll in progress, or the next one. */
  wakeup(): void {
    this.#wait.wakeup();
  }

  /** Gives everything up, then leaves the group if asked to. */
  async close(leave: boolean): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#wait.signal();
    try {
      await this.#callbacks.giveUpAll();
    } finally {
      await this.membership.close(leave);
    }
  }

  requireOpen(): void {
    if (this.#closed) throw new FatalClientError("This consumer is closed. Open another one to go on reading.");
  }

  async #poll(deadlineMs: number): Promise<readonly FetchedPartition[]> {
    for (;;) {
      if (this.membership.due) await this.#callbacks.run();
      if (this.#closed) return [];
      const fetched = this.#collect();
      if (await this.#wait.over(fetched, deadlineMs)) return fetched;
    }
  }
}
