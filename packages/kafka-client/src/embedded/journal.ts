import type { OffsetAndMetadata } from "../port/consumer.js";

/** One committed offset: topic, partition, offset, metadata. */
export type JournalOffset = readonly [topic: string, partition: number, value: OffsetAndMetadata];

/**
 * What a cluster must remember besides records, as plain data, one entry per change. Replayed in order, the entries
 * give the same cluster again. The end of a transaction is one entry: its records and offsets become visible together.
 */
export type JournalEntry =
  | { readonly kind: "cluster"; readonly clusterId: string }
  | {
      readonly kind: "topic";
      readonly name: string;
      readonly topicId: string;
      readonly partitions: number;
      readonly config: Readonly<Record<string, string>>;
    }
  | { readonly kind: "topic-deleted"; readonly name: string }
  | { readonly kind: "log-start"; readonly topic: string; readonly partition: number; readonly offset: number }
  | { readonly kind: "offsets"; readonly groupId: string; readonly offsets: readonly JournalOffset[] }
  | { readonly kind: "group-deleted"; readonly groupId: string }
  | { readonly kind: "producer-ids"; readonly next: number }
  | {
      readonly kind: "transactional-id";
      readonly transactionalId: string;
      readonly producerId: number;
      readonly epoch: number;
      readonly timeoutMs: number;
    }
  | {
      readonly kind: "transaction-end";
      readonly transactionalId: string;
      readonly epoch: number;
      readonly commit: boolean;
      readonly groups: readonly (readonly [groupId: string, offsets: readonly JournalOffset[]])[];
    }
  | { readonly kind: "transaction-done"; readonly transactionalId: string };

/** Where a cluster writes down what it must remember. */
export interface Journal {
  write(entry: JournalEntry): void;
}

/** For clusters that live as long as their process. */
export const forgetfulJournal: Journal = {
  write() {
    // Nothing outlives the process.
  },
};
