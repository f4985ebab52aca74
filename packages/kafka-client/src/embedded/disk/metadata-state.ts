import type { JournalEntry, JournalOffset } from "../journal.js";
import type { LeftOver } from "../transaction/transactions.js";

type EntryOf<K extends JournalEntry["kind"]> = Extract<JournalEntry, { kind: K }>;

/** What journal entries add up to. Gives back the shortest list of entries that adds up to the same. */
export class MetadataState {
  clusterId: string | null = null;
  nextProducerId = 0;
  readonly topics = new Map<string, EntryOf<"topic">>();
  /** By topic, then partition. */
  readonly logStarts = new Map<string, Map<number, number>>();
  /** By group, then topic and partition. */
  readonly offsets = new Map<string, Map<string, JournalOffset>>();
  readonly transactionalIds = new Map<string, EntryOf<"transactional-id">>();
  /** Transactions that were decided (true: committed) but whose markers were not all written. */
  readonly decisions = new Map<string, boolean>();

  apply(entry: JournalEntry): void {
    switch (entry.kind) {
      case "cluster":
        this.clusterId = entry.clusterId;
        break;
      case "topic":
        this.topics.set(entry.name, entry);
        break;
      case "topic-deleted":
        this.#forgetTopic(entry.name);
        break;
      case "log-start":
        this.#startsOf(entry.topic).set(entry.partition, entry.offset);
        break;
      case "offsets":
        this.#commit(entry.groupId, entry.offsets);
        break;
      case "group-deleted":
        this.offsets.delete(entry.groupId);
        break;
      case "producer-ids":
        this.nextProducerId = entry.next;
        break;
      case "transactional-id":
        // A new owner begins with nothing decided, whatever an earlier process left under the name.
        this.transactionalIds.set(entry.transactionalId, entry);
        this.decisions.delete(entry.transactionalId);
        break;
      case "transaction-end":
        // One line holds decision and offsets, so they survive together or not at all.
        this.decisions.set(entry.transactionalId, entry.commit);
        for (const [groupId, offsets] of entry.groups) this.#commit(groupId, offsets);
        break;
      case "transaction-done":
        this.decisions.delete(entry.transactionalId);
        break;
    }
  }

  /** How each producer's last transaction ended, by producer id: undecided is aborted. */
  leftOver(): ReadonlyMap<number, LeftOver> {
    const left = new Map<number, LeftOver>();
    for (const { transactionalId, producerId, epoch } of this.transactionalIds.values()) {
      const decision = this.decisions.get(transactionalId) === true ? "commit" : "abort";
      left.set(producerId, { epoch, decision });
    }
    return left;
  }

  forgetTransactions(): void {
    this.transactionalIds.clear();
    this.decisions.clear();
  }

  *entries(): Iterable<JournalEntry> {
    if (this.clusterId !== null) yield { kind: "cluster", clusterId: this.clusterId };
    yield { kind: "producer-ids", next: this.nextProducerId };
    yield* this.topics.values();
    for (const [topic, starts] of this.logStarts) {
      for (const [partition, offset] of starts) yield { kind: "log-start", topic, partition, offset };
    }
    for (const [groupId, offsets] of this.offsets) yield { kind: "offsets", groupId, offsets: [...offsets.values()] };
    yield* this.transactionalIds.values();
    for (const [transactionalId, commit] of this.decisions) {
      const epoch = this.transactionalIds.get(transactionalId)?.epoch ?? 0;
      yield { kind: "transaction-end", transactionalId, epoch, commit, groups: [] };
    }
  }

  #startsOf(topic: string): Map<number, number> {
    let starts = this.logStarts.get(topic);
    if (starts === undefined) this.logStarts.set(topic, (starts = new Map()));
    return starts;
  }

  #commit(groupId: string, offsets: readonly JournalOffset[]): void {
    let committed = this.offsets.get(groupId);
    if (committed === undefined) this.offsets.set(groupId, (committed = new Map()));
    for (const offset of offsets) committed.set(`${offset[0]}/${offset[1]}`, offset);
  }

  #forgetTopic(name: string): void {
    this.topics.delete(name);
    this.logStarts.delete(name);
    for (const committed of this.offsets.values()) {
      for (const [key, [topic]] of committed) if (topic === name) committed.delete(key);
    }
  }
}
