import type {
  NodeContext,
  Processor,
  ProcessorSupplier,
  StreamRecord,
  TimestampedKeyValueStore,
} from "../../model/index.js";
import { instruction, type Subscription } from "./subscription.js";
import { subscriptionKey } from "./subscription-key.js";

class KeepSubscriptions implements Processor<Uint8Array | null, Subscription, Uint8Array | null, Subscription> {
  readonly #storeName: string;
  #context!: NodeContext;
  #store!: TimestampedKeyValueStore<Uint8Array, Subscription>;

  constructor(storeName: string) {
    this.#storeName = storeName;
  }

  init(context: NodeContext): void {
    this.#context = context;
    this.#store = context.getStateStore(this.#storeName);
  }

  process(record: StreamRecord<Uint8Array | null, Subscription>): void {
    const { key: foreignKey, value: subscription, timestamp } = record;
    const what = subscription.instruction;
    if (foreignKey === null) {
      if (what === instruction.answerAlways) this.#context.emit(record);
      else this.#context.dropRecord("a subscription without a foreign key cannot be answered");
      return;
    }
    const key = subscriptionKey(foreignKey, subscription.primaryKey);
    const keep = what === instruction.answerAlways || what === instruction.answerWithRow;
    this.#store.put(key, keep ? { value: subscription, timestamp } : null);
    this.#context.emit(record);
  }
}

/** Keeps the subscriptions of a foreign-key join beside the right table, for its updates to find them (J11). */
export function keepSubscriptions(
  store: string,
): ProcessorSupplier<Uint8Array | null, Subscription, Uint8Array | null, Subscription> {
  return { get: () => new KeepSubscriptions(store) };
}
