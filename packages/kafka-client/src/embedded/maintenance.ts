import type { Environment, Timer } from "@millrace/kernel";
import type { Cluster } from "./cluster.js";
import { compact } from "./log/compaction.js";
import type { PartitionLog } from "./log/partition-log.js";
import type { Topic } from "./topics.js";

/** Compaction and retention: on demand, and now and then by themselves. */
export class Maintenance {
  readonly #cluster: Cluster;
  readonly #environment: Environment;
  readonly #intervalMs: number;
  /** Bytes each partition had when it was last compacted. */
  readonly #cleanBytes = new WeakMap<PartitionLog, number>();
  #timer: Timer | null = null;
  #running: Promise<void> | null = null;
  #stopped = false;

  constructor(cluster: Cluster, intervalMs: number) {
    this.#cluster = cluster;
    this.#environment = cluster.environment;
    this.#intervalMs = intervalMs;
    this.#arm();
  }

  /** Applies retention everywhere, and compacts what is compacted: all of it, or only where enough is dirty. */
  run(options: { onlyDirty: boolean }): Promise<void> {
    this.#running ??= this.#maintain(options.onlyDirty).finally(() => (this.#running = null));
    return this.#running;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#running;
  }

  #arm(): void {
    if (this.#intervalMs <= 0) return;
    this.#timer = this.#environment.scheduler.after(this.#intervalMs, () => {
      this.run({ onlyDirty: true })
        .catch((error: unknown) => this.#environment.logger.error("Maintenance of the embedded log failed.", { error }))
        .finally(() => {
          if (!this.#stopped) this.#arm();
        });
    });
  }

  async #maintain(onlyDirty: boolean): Promise<void> {
    for (const topic of [...this.#cluster.topics.all()]) {
      for (const log of topic.logs) {
        if (this.#stopped || log.deleted) continue;
        if (topic.setting("cleanup.policy").includes("delete")) this.#retain(topic, log);
        if (topic.compacted && (!onlyDirty || this.#dirty(topic, log))) await this.#compact(topic, log);
      }
    }
  }

  #retain(topic: Topic, log: PartitionLog): void {
    const retentionMs = topic.numberSetting("retention.ms");
    const retentionBytes = topic.numberSetting("retention.bytes");
    const oldestMs = retentionMs < 0 ? -Infinity : this.#environment.clock.nowMs() - retentionMs;
    for (let part = log.storage.oldest(); part !== undefined; part = log.storage.oldest()) {
      const tooOld = part.maxTimestamp < oldestMs;
      const tooMuch = retentionBytes >= 0 && log.storage.bytes - part.bytes >= retentionBytes;
      if ((!tooOld && !tooMuch) || part.lastOffset >= log.lastStableOffset) return;
      const before = log.storage.bytes;
      log.deleteBefore(part.lastOffset + 1);
      if (log.storage.bytes === before && part.bytes > 0) return;
    }
  }

  #dirty(topic: Topic, log: PartitionLog): boolean {
    const { bytes } = log.storage;
    const dirtyBytes = bytes - (this.#cleanBytes.get(log) ?? 0);
    return bytes > 0 && dirtyBytes / bytes >= topic.numberSetting("min.cleanable.dirty.ratio");
  }

  async #compact(topic: Topic, log: PartitionLog): Promise<void> {
    const settings = {
      deleteRetentionMs: topic.numberSetting("delete.retention.ms"),
      minLagMs: topic.numberSetting("min.compaction.lag.ms"),
    };
    await compact(log, settings, this.#environment);
    this.#cleanBytes.set(log, log.storage.bytes);
  }
}
