import type { Serde } from "../../model/index.js";
import { CompoundSerde, hasToOpen, serdes } from "../../serde/index.js";
import { subscriptionSerde } from "./subscription-serde.js";
import type { Subscription } from "./subscription.js";

/** Keys left in the bytes that `key` wrote. Whoever takes them in hears there and then that `key` cannot read them yet. */
export function codedKeySerde(key: Serde<unknown>): Serde<Uint8Array> {
  return hasToOpen(key) ? new CodedSerde(serdes.bytes, key, (bytes) => bytes) : serdes.bytes;
}

/** Subscriptions, whose primary keys are left in the bytes that `key` wrote. */
export function codedSubscriptionSerde(key: Serde<unknown>): Serde<Subscription> {
  return hasToOpen(key) ? new CodedSerde(subscriptionSerde, key, ({ primaryKey }) => primaryKey) : subscriptionSerde;
}

class CodedSerde<T> extends CompoundSerde<T> {
  readonly #whole: Serde<T>;
  readonly #inner: Serde<unknown>;
  readonly #bytesOf: (value: T) => Uint8Array;

  constructor(whole: Serde<T>, inner: Serde<unknown>, bytesOf: (value: T) => Uint8Array) {
    super(`${whole.name} of ${inner.name}`, [inner]);
    this.#whole = whole;
    this.#inner = inner;
    this.#bytesOf = bytesOf;
  }

  serialize(topic: string, value: T): Uint8Array {
    return this.#whole.serialize(topic, value);
  }

  deserialize(topic: string, bytes: Uint8Array): T {
    const value = this.#whole.deserialize(topic, bytes);
    this.#inner.deserialize(topic, this.#bytesOf(value));
    return value;
  }
}
