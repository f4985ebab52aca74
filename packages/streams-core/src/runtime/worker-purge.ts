import type { OffsetAndMetadata, StreamsAdmin, TopicPartition } from "@millrace/kafka-client";
import type { Environment } from "@millrace/kernel";
import type { WorkerPlan } from "./worker-plan.js";

/** Deletes from repartition topics what has been read and committed; they are kept for ever otherwise. */
export class RepartitionPurge {
  readonly #plan: WorkerPlan;
  readonly #admin: StreamsAdmin;
  readonly #environment: Environment;
  readonly #intervalMs: number;
  readonly #committed = new Map<TopicPartition, number>();
  #lastMs: number;
  #running = false;

  constructor(plan: WorkerPlan, admin: StreamsAdmin, environment: Environment, intervalMs: number) {
    this.#plan = plan;
    this.#admin = admin;
    this.#environment = environment;
    this.#intervalMs = intervalMs;
    this.#lastMs = environment.clock.monotonicMs();
  }

  committed(positions: ReadonlyMap<TopicPartition, OffsetAndMetadata>): void {
    for (const [partition, { offset }] of positions) {
      if (this.#plan.isRepartition(partition.topic)) this.#committed.set(partition, offset);
    }
  }

  /** Purges when it is time; does not wait for the cluster. */
  tick(): void {
    if (this.#running || this.#committed.size === 0) return;
    const nowMs = this.#environment.clock.monotonicMs();
    if (nowMs - this.#lastMs < this.#intervalMs) return;
    this.#lastMs = nowMs;
    const before = new Map(this.#committed);
    this.#committed.clear();
    this.#running = true;
    void this.#admin
      .deleteRecords(before)
      .catch((error: unknown) =>
        this.#environment.logger.info("Repartition topics were not purged; the next try will.", { error }),
      )
      .finally(() => {
        this.#running = false;
      });
  }
}
