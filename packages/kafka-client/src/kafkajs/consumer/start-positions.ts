import { sleep, type Environment } from "@millrace/kernel";
import type { Isolation } from "../../port/client.js";
import type { OffsetReset, OffsetResetPolicy } from "../../port/consumer.js";
import { OffsetOutOfRangeError, RetriableError } from "../../port/errors.js";
import type { OffsetMap, TopicPartition } from "../../port/topic-partition.js";
import type { PartitionReader } from "../../reading/partition-reader.js";
import type { GroupOffsets } from "../group/group-offsets.js";

const RETRY_MS = 50;

/** Where the logs begin and end, and what lies where in time. */
export interface LogOffsets {
  listOffsets(
    partitions: readonly TopicPartition[],
    at: "earliest" | "latest" | number,
    isolation: Isolation,
  ): Promise<OffsetMap>;
}

export interface StartPositionsOptions {
  readonly offsets: Pick<GroupOffsets, "lookUp">;
  readonly logs: LogOffsets;
  readonly isolation: Isolation;
  readonly offsetReset: OffsetResetPolicy;
  readonly environment: Environment;
  readonly signal: AbortSignal;
  /** A position was found, or a failure. */
  readonly onNews: () => void;
}

/** Finds, in the background, where readers without a position start: at the committed offset, else as the reset policy says. */
export class StartPositions {
  readonly #options: StartPositionsOptions;
  readonly #searching = new Set<PartitionReader>();
  #failure: unknown = null;

  constructor(options: StartPositionsOptions) {
    this.#options = options;
  }

  /** Throws what the search ran into, once. */
  assertSound(): void {
    const failure = this.#failure;
    this.#failure = null;
    if (failure !== null) throw failure;
  }

  /** Begins to search for those of `readers` that have no position and are wanted. */
  find(readers: readonly PartitionReader[]): void {
    let without: PartitionReader[] | null = null;
    for (const reader of readers) {
      if (reader.position !== undefined || !reader.ready || reader.paused || this.#searching.has(reader)) continue;
      (without ??= []).push(reader);
    }
    if (without !== null) this.#search(without, (searched) => this.#fromCommitted(searched));
  }

  /** The position of `reader` is not in the log: another one by the reset policy. Throws `cause` when that is "none". */
  reset(reader: PartitionReader, cause: OffsetOutOfRangeError): void {
    if (this.#resetOf(reader.tp) === "none") throw cause;
    if (!this.#searching.has(reader)) this.#search([reader], (searched) => this.#byPolicy(searched));
  }

  #search(readers: readonly PartitionReader[], work: (readers: readonly PartitionReader[]) => Promise<void>): void {
    for (const reader of readers) this.#searching.add(reader);
    void work(readers)
      .catch((error: unknown) => this.#failed(error))
      .finally(() => {
        for (const reader of readers) this.#searching.delete(reader);
        if (!this.#options.signal.aborted) this.#options.onNews();
      });
  }

  async #failed(error: unknown): Promise<void> {
    const { environment, signal } = this.#options;
    if (signal.aborted) return;
    if (!(error instanceof RetriableError)) this.#failure = error;
    else {
      environment.logger.info("Start positions could not be read and are asked for again.", { error });
      await sleep(environment.scheduler, RETRY_MS, signal).catch(() => undefined);
    }
  }

  /** While a transaction holds an offset, the next look decides. */
  async #fromCommitted(readers: readonly PartitionReader[]): Promise<void> {
    const { offsets, isolation, signal, environment } = this.#options;
    const partitions = readers.map(({ tp }) => tp);
    const answer = await offsets.lookUp(partitions, isolation === "read_committed", signal);
    const without: PartitionReader[] = [];
    for (const reader of readers) {
      const committed = answer.offsets.get(reader.tp);
      if (committed != null) settle(reader, committed.offset);
      else if (!answer.unstable.includes(reader.tp)) without.push(reader);
    }
    if (without.length > 0) await this.#byPolicy(without.filter((reader) => reader.position === undefined));
    if (answer.unstable.length > 0) await sleep(environment.scheduler, RETRY_MS, signal);
  }

  async #byPolicy(readers: readonly PartitionReader[]): Promise<void> {
    const byReset = new Map<OffsetReset, PartitionReader[]>();
    for (const reader of readers) {
      const reset = this.#resetOf(reader.tp);
      const same = byReset.get(reset);
      if (same === undefined) byReset.set(reset, [reader]);
      else same.push(reader);
    }
    await Promise.all([...byReset].map(([reset, same]) => this.#seekTo(reset, same)));
  }

  async #seekTo(reset: OffsetReset, readers: readonly PartitionReader[]): Promise<void> {
    const { logs, isolation, environment } = this.#options;
    const before = readers.map(({ position }) => position);
    const partitions = readers.map(({ tp }) => tp);
    const found = await logs.listOffsets(partitions, whereOf(reset, environment), isolation);
    const [first] = partitions;
    if (reset === "none" && first !== undefined) throw new OffsetOutOfRangeError(first, -1, found.get(first) ?? 0);
    for (const [index, reader] of readers.entries()) {
      const offset = found.get(reader.tp);
      // Who has sought in between knows better.
      if (offset !== undefined && reader.position === before[index]) reader.seek(offset);
    }
  }

  #resetOf({ topic }: TopicPartition): OffsetReset {
    const { fallback, byTopic } = this.#options.offsetReset;
    return byTopic?.get(topic) ?? fallback;
  }
}

function settle(reader: PartitionReader, offset: number): void {
  if (reader.position === undefined) reader.seek(offset);
}

function whereOf(reset: OffsetReset, environment: Environment): "earliest" | "latest" | number {
  if (reset === "none") return "earliest";
  return typeof reset === "string" ? reset : environment.clock.nowMs() - reset.byDurationMs;
}
