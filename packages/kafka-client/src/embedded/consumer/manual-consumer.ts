import type { Environment } from "@millrace/kernel";
import type { ManualConsumer, RestoreConsumerConfig } from "../../port/consumer.js";
import { FatalClientError } from "../../port/errors.js";
import type { FetchedPartition } from "../../port/records.js";
import type { OffsetMap } from "../../port/topic-partition.js";
import type { Topics } from "../topics.js";
import { Waiter } from "../waiter.js";
import { Breather } from "./breather.js";
import { FetchSession } from "./fetch-session.js";
import { SessionPositions } from "./positions.js";

const MAX_BYTES_PER_PARTITION = 1 << 20;

/** Reads partitions named one by one, without a group. */
export class EmbeddedManualConsumer extends SessionPositions implements ManualConsumer {
  protected readonly session: FetchSession;
  protected readonly onResume: () => void;
  readonly #environment: Environment;
  readonly #waiter: Waiter;
  readonly #breather: Breather;
  readonly #onClose: () => void;
  #woken = false;
  #closed = false;

  constructor(topics: Topics, config: RestoreConsumerConfig, environment: Environment, onClose: () => void) {
    super(topics);
    this.#environment = environment;
    this.#waiter = new Waiter(environment.scheduler);
    this.#breather = new Breather(environment);
    this.#onClose = onClose;
    this.onResume = () => this.#waiter.signal();
    const maxBytesPerPartition = config.fetchMaxBytesPerPartition ?? MAX_BYTES_PER_PARTITION;
    const limits = { isolation: config.isolation, maxBytesPerPartition, maxRecords: Infinity };
    this.session = new FetchSession(topics, limits, this.onResume);
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
    this.#onClose();
  }
}
