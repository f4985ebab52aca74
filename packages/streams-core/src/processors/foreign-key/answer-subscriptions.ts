import { StreamRecord } from "../../model/index.js";
import type {
  Change,
  NodeContext,
  Processor,
  ProcessorSupplier,
  Serde,
  TableView,
  TableViewSupplier,
  TimestampedKeyValueStore,
} from "../../model/index.js";
import { serdes } from "../../serde/index.js";
import { instruction, type Subscription, type SubscriptionResponse } from "./subscription.js";
import { subscriptionPrefix } from "./subscription-key.js";
import { subscriptionTopics } from "./subscription-topics.js";

export interface AnswerSubscriptionOptions<K2, R> {
  /** The right table's rows. */
  readonly table: TableViewSupplier<K2, R>;
  readonly foreignKey: Serde<K2>;
  /** The subscription topic, without the application's prefix. */
  readonly topic: string;
}

class AnswerSubscription<K2, R> implements Processor<
  Uint8Array | null,
  Subscription,
  Uint8Array,
  SubscriptionResponse<R>
> {
  readonly #options: AnswerSubscriptionOptions<K2, R>;
  #context!: NodeContext;
  #table!: TableView<K2, R>;
  #topic = "";

  constructor(options: AnswerSubscriptionOptions<K2, R>) {
    this.#options = options;
  }

  init(context: NodeContext): void {
    this.#context = context;
    this.#table = this.#options.table.open(context);
    this.#topic = subscriptionTopics(context.applicationId, this.#options.topic).foreignKey;
  }

  process(record: StreamRecord<Uint8Array | null, Subscription>): void {
    const { key: foreignKey, value: subscription, headers } = record;
    const what = subscription.instruction;
    if (what === instruction.forget) return;
    const row =
      foreignKey === null
        ? null
        : this.#table.get(this.#options.foreignKey.deserialize(this.#topic, foreignKey, headers));
    if (what === instruction.answerWithRow && row === null) return;
    const timestamp = row === null ? record.timestamp : Math.max(record.timestamp, row.timestamp);
    const { hash, primaryKey, primaryPartition } = subscription;
    const value = row === null || what === instruction.forgetAndAnswer ? null : row.value;
    const response = { hash, value, primaryPartition };
    this.#context.emit(new StreamRecord<unknown, unknown>(primaryKey, response, timestamp, headers));
  }
}

/** Answers each subscription with the right row as it is now, where its instruction wants an answer (J13). */
export function answerSubscription<K2, R>(
  options: AnswerSubscriptionOptions<K2, R>,
): ProcessorSupplier<Uint8Array | null, Subscription, Uint8Array, SubscriptionResponse<R>> {
  return { get: () => new AnswerSubscription(options) };
}

export interface AnswerSubscribersOptions<K2> {
  /** The store of subscriptions. */
  readonly store: string;
  /** Of the left table, whose keys the subscriptions have in them. */
  readonly primaryKey: Serde<unknown>;
  readonly foreignKey: Serde<K2>;
  /** The subscription topic, without the application's prefix. */
  readonly topic: string;
  /** Whether the table is versioned, so that out-of-order updates are dropped (J10). */
  readonly versioned: boolean;
}

class AnswerSubscribers<K2, R> implements Processor<K2 | null, Change<R>, Uint8Array, SubscriptionResponse<R>> {
  readonly #options: AnswerSubscribersOptions<K2>;
  #context!: NodeContext;
  #store!: TimestampedKeyValueStore<Uint8Array, Subscription>;
  #topic = "";

  constructor(options: AnswerSubscribersOptions<K2>) {
    this.#options = options;
  }

  init(context: NodeContext): void {
    this.#context = context;
    this.#store = context.getStateStore(this.#options.store);
    this.#topic = subscriptionTopics(context.applicationId, this.#options.topic).foreignKey;
  }

  process(record: StreamRecord<K2 | null, Change<R>>): void {
    const { key, value: change, timestamp, headers } = record;
    const context = this.#context;
    if (key === null) {
      context.dropRecord("a table has no row for a null key");
      return;
    }
    if (this.#options.versioned && !change.isLatest) {
      context.dropRecord("an out-of-order update of a versioned table is not joined");
      return;
    }
    const value = change.newValue;
    const prefix = subscriptionPrefix(this.#options.foreignKey.serialize(this.#topic, key, headers));
    using subscriptions = this.#store.prefixScan(prefix, serdes.bytes);
    for (const { value: kept } of subscriptions) {
      const { hash, primaryKey, primaryPartition } = kept.value;
      const response = { hash, value, primaryPartition };
      context.emit(new StreamRecord<unknown, unknown>(primaryKey, response, timestamp, headers));
    }
  }
}

/** Tells every left row that refers to a right row of its updates. */
export function answerSubscribers<K2, R>(
  options: AnswerSubscribersOptions<K2>,
): ProcessorSupplier<K2 | null, Change<R>, Uint8Array, SubscriptionResponse<R>> {
  return {
    get: () => new AnswerSubscribers<K2, R>(options),
    serdes(applicationId) {
      const { primaryKey, foreignKey } = subscriptionTopics(applicationId, options.topic);
      return [
        { serde: options.primaryKey, isKey: true, topic: primaryKey, stored: true },
        { serde: options.foreignKey as Serde<unknown>, isKey: true, topic: foreignKey, stored: true },
      ];
    },
  };
}
