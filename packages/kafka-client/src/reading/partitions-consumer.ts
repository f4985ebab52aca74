import type { Environment } from "@millrace/kernel";
import type { ManualConsumer } from "../port/consumer.js";
import { FatalClientError } from "../port/errors.js";
import type { FetchedPartition } from "../port/records.js";
import type { OffsetMap } from "../port/topic-partition.js";
import { FetchSession, type FetchLimits } from "./fetch-session.js";
import type { LogEnds, PartitionReader, PartitionSource } from "./partition-reader.js";
import { PollWait } from "./poll-wait.js";
import { SessionPositions } from "./session-positions.js";

/** Where a consumer without a group reads. */
export interface PartitionsOrigin {
  readonly ends: LogEnds;
  /** `onData` is to be called when there is something to take. */
  source(onData: () => void): PartitionSource<PartitionReader>;
}

/** Reads partitions named one by one, without a group. */
export class PartitionsConsumer extends SessionPositions implements ManualConsumer {
  protected readonly session: FetchSession<PartitionReader>;
  protected readonly onResume: () => void;
  readonly #environment: Environment;
  readonly #wait: PollWait;
  readonly #onClose: () => void | Promise<void>;
  #closed = false;

  constructor(
    origin: PartitionsOrigin,
    limits: FetchLimits,
    environment: Environment,
    onClose: () => void | Promise<void>,
  ) {
    super(origin.ends);
    this.#environment = environment;
    this.#wait = new PollWait(environment);
    this.#onClose = onClose;
    this.onResume = () => this.#wait.signal();
    this.session = new FetchSession(origin.source(this.onResume), limits);
  }

  assign(positions: OffsetMap): void {
    this.session.remove(this.session.partitions().filter((partition) => !positions.has(partition)));
    for (const [partition, offset] of positions) {
      if (this.session.find(partition) === undefined) this.session.add(partition).seek(offset);
    }
    this.#wait.signal();
  }

  async poll(maxWaitMs: number): Promise<readonly FetchedPartition[]> {
    const deadlineMs = this.#environment.clock.monotonicMs() + maxWaitMs;
    for (;;) {
      if (this.#closed) throw new FatalClientError("This consumer is closed. Open another one to go on reading.");
      const fetched = this.session.collect((_, error) => {
        throw error;
      });
      if (await this.#wait.over(fetched, deadlineMs)) return fetched;
    }
  }

  wakeup(): void {
    this.#wait.wakeup();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.session.remove(this.session.partitions());
    this.#wait.signal();
    await this.#onClose();
  }
}
