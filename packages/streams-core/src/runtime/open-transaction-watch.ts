import { MillraceError, type Environment } from "@millrace/kernel";
import type { StreamsAdmin, TopicPartition } from "@millrace/kafka-client";

/** A partition being read up to an end seen before. */
export interface AwaitedRead {
  readonly partition: TopicPartition;
  readonly position: number;
  /** Exclusive. */
  readonly endOffset: number;
}

interface Stall {
  readonly position: number;
  sinceMs: number;
  said: boolean;
}

/** Transactions that are on their way to their ends take less. */
const STALLED_AFTER_MS = 5_000;

/**
 * Says, once each time, what reading committed records waits for when a transaction that is still open keeps it from its
 * end. The last stable offset is asked for in the background: reading goes on meanwhile.
 */
export class OpenTransactionWatch {
  readonly #what: string;
  readonly #admin: StreamsAdmin;
  readonly #environment: Environment;
  #stalls = new Map<TopicPartition, Stall>();
  #asking = false;

  /** `what` begins the sentence in the log, such as "Restoring". */
  constructor(what: string, admin: StreamsAdmin, environment: Environment) {
    this.#what = what;
    this.#admin = admin;
    this.#environment = environment;
  }

  /** To be called whenever nothing came, with all that is waited for. */
  look(reads: readonly AwaitedRead[]): void {
    const nowMs = this.#environment.clock.monotonicMs();
    const stalls = new Map<TopicPartition, Stall>();
    const stalled: AwaitedRead[] = [];
    for (const read of reads) {
      const known = this.#stalls.get(read.partition);
      const stall =
        known?.position === read.position ? known : { position: read.position, sinceMs: nowMs, said: false };
      stalls.set(read.partition, stall);
      if (!stall.said && nowMs - stall.sinceMs >= STALLED_AFTER_MS) stalled.push(read);
    }
    this.#stalls = stalls;
    if (stalled.length > 0 && !this.#asking) void this.#ask(stalled, nowMs);
  }

  async #ask(reads: readonly AwaitedRead[], nowMs: number): Promise<void> {
    const { logger } = this.#environment;
    this.#asking = true;
    try {
      const partitions = reads.map(({ partition }) => partition);
      const stable = await this.#admin.listOffsets(partitions, "latest", "read_committed");
      for (const read of reads) {
        const stall = this.#stalls.get(read.partition);
        if (stall?.position !== read.position) continue;
        const lastStableOffset = stable.get(read.partition) ?? Infinity;
        // It has ended by now, or something else is in the way: asked again after the same time.
        if (lastStableOffset >= read.endOffset || lastStableOffset > read.position) stall.sinceMs = nowMs;
        else {
          stall.said = true;
          this.#say(read, lastStableOffset);
        }
      }
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      for (const { partition } of reads) {
        const stall = this.#stalls.get(partition);
        if (stall !== undefined) stall.sinceMs = nowMs;
      }
      logger.debug(`${this.#what} waits; last stable offsets could not be read.`, { error });
    } finally {
      this.#asking = false;
    }
  }

  #say({ partition: { topic, partition }, position, endOffset }: AwaitedRead, lastStableOffset: number): void {
    this.#environment.logger.warn(
      `${this.#what} waits for a transaction that is open in ${topic}-${partition}: committed records end at offset ` +
        `${lastStableOffset}, and it is to be read up to ${endOffset}. It goes on when the transaction's producer ends it, or ` +
        `the broker does at the transaction's timeout; Kafka's own kafka-transactions.sh finds and ends one that hangs.`,
      { topic, partition, position, lastStableOffset, endOffset },
    );
  }
}
