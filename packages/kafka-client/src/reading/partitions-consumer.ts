import type { Environment } from "@millrace/kernel";
import type { ManualConsumer } from "../port/consumer.js";
import { FatalClientError } from "../port/errors.js";
import type { FetchedPartition } from "../port/records.js";
import type { OffsetMap } from "../port/topic-partition.js";
import { Waiter } from "./waiter.js";
import { Breather } from "./breather.js";
import { FetchSession, type FetchLimits } from "./fetch-session.js";
import type { LogEnds, PartitionReader, PartitionSource } from "./partition-reader.js";
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
  readonly #waiter: Waiter;
  readonly #breather: Breather;
  readonly #onClose: () => void | Promise<void>;
  #woken = false;
  #closed = false;

  constructor(
    origin: PartitionsOrigin,
    limits: FetchLimits,
    environment: Environment,
    onClose: () => void | Promise<void>,
  ) {
    super(origin.ends);
    this.#environment = environment;
    this.#waiter = new Waiter(environment.scheduler);
    this.#breather = new Breather(environment);
    this.#onClose = onClose;
    this.onResume = () => this.#waiter.signal();
    this.session = new FetchSession(origin.source(this.onResume), limits);
  }

  assign(positions: OffsetMap): void {
    this.session.remove(this.session.partitions().filter((partition) => !positions.has(partition)));
    for (const [partition, offset] of positions) {
      if (this.session.find(partition) === undefined) this.session.add(partition).seek(offset);
    }
    this.#waiter.signal();
  }

  async poll(maxWaitMs: number): Promise<readonly FetchedPartition[]> {
    const deadlineMs = this.#environment.clock.monotonicMs() + maxWaitMs;
    for (;;) {
      if (this.#closed) throw new FatalClientError("This consumer is closed. Open another one to go on reading.");
      const fetched = this.session.collect((_, error) => {
        throw error;
      });
      if (fetched.length > 0 || this.#woken) {
        this.#woken = false;
        if (this.#breather.due) await this.#breather.breathe();
        return fetched;
      }
      const leftMs = deadlineMs - this.#environment.clock.monotonicMs();
      if (leftMs <= 0) {
        await this.#breather.breathe();
        return fetched;
      }
      await this.#waiter.wait(leftMs);
    }
  }

  wakeup(): void {
    this.#woken = true;
    this.#waiter.signal();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.session.remove(this.session.partitions());
    this.#waiter.signal();
    await this.#onClose();
  }
}
