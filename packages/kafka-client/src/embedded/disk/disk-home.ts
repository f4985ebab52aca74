import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "@millrace/kernel";
import { tp, type TopicPartition } from "../../port/topic-partition.js";
import type { ClusterHome } from "../cluster-home.js";
import type { Cluster } from "../cluster.js";
import type { JournalEntry } from "../journal.js";
import type { PartitionLog } from "../log/partition-log.js";
import { lockDirectory } from "./directory-lock.js";
import { DiskStorage } from "./disk-storage.js";
import { MetadataLog } from "./metadata-log.js";
import { MetadataState } from "./metadata-state.js";
import { openPartitionDirectory } from "./open-partition.js";

/** The journal is written anew when it is this big and most of it is out of date. */
const REWRITE_BYTES = 4 * 1024 * 1024;
const REWRITE_GROWTH = 4;

/**
 * A cluster in a directory:
 *
 *     lock                       who has it open
 *     metadata.log               topics, committed offsets, transactional ids, ends of transactions
 *     records/TOPIC/ID/N/        partition N: segments (.log) and their snapshots
 */
export class DiskHome implements ClusterHome {
  readonly journal = { write: (entry: JournalEntry) => this.#write(entry) };
  readonly #dir: string;
  readonly #environment: Environment;
  readonly #fsync: boolean;
  readonly #unlock: () => void;
  readonly #state = new MetadataState();
  readonly #metadata: MetadataLog;
  readonly #storages = new Set<DiskStorage>();
  #rewriteAtBytes = REWRITE_BYTES;
  #restoring = false;

  /** Throws {@link import("./directory-lock.js").DirectoryLockedError}. */
  constructor(dir: string, environment: Environment, fsync: boolean) {
    this.#dir = dir;
    this.#environment = environment;
    this.#fsync = fsync;
    mkdirSync(join(dir, "records"), { recursive: true });
    this.#unlock = lockDirectory(dir, environment.randomness.uuid());
    this.#metadata = MetadataLog.open(join(dir, "metadata.log"), (entry) => this.#state.apply(entry));
    this.#removeUnknownRecords();
  }

  openPartition(partition: TopicPartition, topicId: string): PartitionLog {
    const dir = join(this.#dir, "records", partition.topic, topicId, String(partition.partition));
    const log = openPartitionDirectory(partition, dir, { environment: this.#environment, fsync: this.#fsync });
    if (log.storage instanceof DiskStorage) this.#storages.add(log.storage);
    const { topic, partition: index } = partition;
    log.onStartMoved = (offset) => this.#write({ kind: "log-start", topic, partition: index, offset });
    return log;
  }

  /** Puts everything remembered into an empty cluster, and ends the transactions a stopped process left. */
  restoreInto(cluster: Cluster): void {
    this.#restoring = true;
    const state = this.#state;
    for (const { name, topicId, partitions, config } of state.topics.values()) {
      cluster.topics.restore(name, topicId, partitions, config);
    }
    for (const [topic, starts] of state.logStarts) {
      for (const [partition, offset] of starts) cluster.topics.log(tp(topic, partition))?.deleteBefore(offset);
    }
    for (const [groupId, offsets] of state.offsets) {
      cluster.groups.get(groupId).offsets.set([...offsets.values()].map(([topic, n, value]) => [tp(topic, n), value]));
    }
    cluster.transactions.restoreProducerIds(state.nextProducerId);
    this.#restoring = false;
    if (state.clusterId === null) this.#write({ kind: "cluster", clusterId: cluster.clusterId });
    else cluster.clusterId = state.clusterId;
    const logs = [...cluster.topics.all()].flatMap((topic) => topic.logs);
    cluster.transactions.endLeftOver(logs, state.leftOver());
    for (const transactionalId of state.decisions.keys()) this.#write({ kind: "transaction-done", transactionalId });
    // Their owners ended with their process: none of them can come back to be fenced.
    state.forgetTransactions();
  }

  close(): void {
    for (const storage of this.#storages) storage.close();
    this.#metadata.close();
    this.#unlock();
  }

  /** Opening failed: gives the directory back as it was found. */
  abandon(): void {
    this.#metadata.close();
    this.#unlock();
  }

  #write(entry: JournalEntry): void {
    if (this.#restoring) return;
    const commits = entry.kind === "offsets" || entry.kind === "transaction-end";
    if (this.#fsync && commits) for (const storage of this.#storages) storage.sync();
    if (this.#metadata.bytes > this.#rewriteAtBytes) this.#rewrite();
    this.#state.apply(entry);
    this.#metadata.write(entry);
    if (this.#fsync && commits) this.#metadata.sync();
  }

  #rewrite(): void {
    this.#metadata.replaceWith(this.#state.entries());
    this.#rewriteAtBytes = Math.max(REWRITE_BYTES, this.#metadata.bytes * REWRITE_GROWTH);
  }

  /** Directories of topics whose deletion was written down, but not finished. */
  #removeUnknownRecords(): void {
    const records = join(this.#dir, "records");
    for (const name of readdirSync(records)) {
      const known = this.#state.topics.get(name);
      for (const topicId of readdirSync(join(records, name))) {
        if (known?.topicId !== topicId) rmSync(join(records, name, topicId), { recursive: true, force: true });
      }
      if (known === undefined || !existsSync(join(records, name, known.topicId))) {
        rmSync(join(records, name), { recursive: true, force: true });
      }
    }
  }
}
