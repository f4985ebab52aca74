import { StreamRecord } from "../../model/index.js";
import type { Change, NodeContext, Processor, ProcessorSupplier, RecordContext, Serde } from "../../model/index.js";
import { murmur3 } from "../../serde/murmur3.js";
import { UndefinedResultError } from "../undefined-result-error.js";
import { subscriptionTopics } from "./subscription-topics.js";
import { instruction, sameBytes, type Instruction, type Subscription } from "./subscription.js";

/** Finds the key of the right row that a left row refers to; null for none (KIP-1104). */
export type ForeignKeyOf<K, V, K2> = (value: V, key: K, context: RecordContext) => K2 | null;

export interface SendSubscriptionsOptions<K, V, K2> {
  readonly on: ForeignKeyOf<K, V, K2>;
  readonly foreignKey: Serde<K2>;
  readonly key: Serde<K>;
  readonly value: Serde<V>;
  /** The subscription topic, without the application's prefix. */
  readonly topic: string;
  /** Whether rows without a match are in the result. */
  readonly left: boolean;
  /** Whether the table is versioned, so that out-of-order updates are dropped (J10). */
  readonly versioned: boolean;
}

class SendSubscriptions<K, V, K2> implements Processor<K, Change<V>, Uint8Array | null, Subscription> {
  readonly #options: SendSubscriptionsOptions<K, V, K2>;
  #context!: NodeContext;
  #partition = 0;
  #keyTopic = "";
  #foreignKeyTopic = "";
  #hashTopic = "";

  constructor(options: SendSubscriptionsOptions<K, V, K2>) {
    this.#options = options;
  }

  init(context: NodeContext): void {
    const topics = subscriptionTopics(context.applicationId, this.#options.topic);
    this.#context = context;
    // Not the record's: one that a punctuator forwards has none.
    this.#partition = Number(context.taskId.slice(context.taskId.lastIndexOf("_") + 1));
    this.#keyTopic = topics.primaryKey;
    this.#foreignKeyTopic = topics.foreignKey;
    this.#hashTopic = topics.valueHash;
  }

  process(record: StreamRecord<K, Change<V>>): void {
    const { left, versioned } = this.#options;
    if (versioned && !record.value.isLatest) {
      this.#context.dropRecord("an out-of-order update of a versioned table is not joined");
      return;
    }
    if (left) this.#left(record);
    else this.#inner(record);
  }

  #left(record: StreamRecord<K, Change<V>>): void {
    const { oldValue, newValue } = record.value;
    if (oldValue === null && newValue === null) return;
    const before = this.#foreignKey(record, oldValue);
    const now = this.#foreignKey(record, newValue);
    const hash = this.#hash(record, newValue);
    if (before !== null && !sameBytes(before, now)) this.#send(record, before, hash, instruction.forget);
    this.#send(record, now, hash, instruction.answerAlways);
  }

  #inner(record: StreamRecord<K, Change<V>>): void {
    const { oldValue, newValue } = record.value;
    const before = this.#foreignKey(record, oldValue);
    const now = this.#foreignKey(record, newValue);
    if (newValue !== null && now === null) this.#context.dropRecord("a row without a foreign key cannot be joined");
    if (now === null) {
      if (before !== null) this.#send(record, before, this.#hash(record, newValue), instruction.forgetAndAnswer);
      return;
    }
    const hash = this.#hash(record, newValue);
    const moved = before !== null && !sameBytes(before, now);
    if (moved) this.#send(record, before, hash, instruction.forget);
    this.#send(record, now, hash, moved ? instruction.answerAlways : instruction.answerWithRow);
  }

  #foreignKey({ key, headers }: StreamRecord<K, Change<V>>, value: V | null): Uint8Array | null {
    if (value === null) return null;
    const foreignKey = this.#options.on(value, key, this.#context.recordContext);
    if (foreignKey === undefined) throw new UndefinedResultError(this.#context.nodeName, "`on`");
    if (foreignKey === null) return null;
    // Copied: a serde may reuse the buffer it returns.
    return Uint8Array.from(this.#options.foreignKey.serialize(this.#foreignKeyTopic, foreignKey, headers));
  }

  #hash({ headers }: StreamRecord<K, Change<V>>, value: V | null): Uint8Array | null {
    return value === null ? null : murmur3(this.#options.value.serialize(this.#hashTopic, value, headers));
  }

  #send(
    { key, timestamp, headers }: StreamRecord<K, Change<V>>,
    foreignKey: Uint8Array | null,
    hash: Uint8Array | null,
    what: Instruction,
  ): void {
    const primaryKey = Uint8Array.from(this.#options.key.serialize(this.#keyTopic, key, headers));
    const subscription = { hash, instruction: what, primaryKey, primaryPartition: this.#partition };
    this.#context.emit(new StreamRecord<unknown, unknown>(foreignKey, subscription, timestamp, headers));
  }
}

/**
 * The left side of a foreign-key join (J11): each update of a row subscribes to the right row it refers to now, and ends
 * the subscription to the one it referred to before. Which answers are asked for is that of J13; some of them are
 * tombstones for rows that never joined, as the left side cannot know.
 */
export function sendSubscriptions<K, V, K2>(
  options: SendSubscriptionsOptions<K, V, K2>,
): ProcessorSupplier<K, Change<V>, Uint8Array | null, Subscription> {
  return {
    get: () => new SendSubscriptions(options),
    serdes(applicationId) {
      const { primaryKey, foreignKey, valueHash } = subscriptionTopics(applicationId, options.topic);
      return [
        { serde: options.key as Serde<unknown>, isKey: true, topic: primaryKey, stored: false },
        { serde: options.foreignKey as Serde<unknown>, isKey: true, topic: foreignKey, stored: false },
        { serde: options.value as Serde<unknown>, isKey: false, topic: valueHash, stored: false },
      ];
    },
  };
}
