import { StreamsError, type Headers, type Serde } from "../../model/index.js";
import { CompoundSerde } from "../../serde/index.js";
import type { Instruction, Subscription, SubscriptionResponse } from "./subscription.js";

const NO_HASH = 0x80;
const HASH_BYTES = 16;
/** Up to it, subscriptions do not say where their answer goes. */
const UNPINNED = 0;
const PINNED = 1;

/** The first version that cannot be read, for the error. */
function requireVersion(version: number, newest: number, topic: string): void {
  if (version <= newest) return;
  throw new StreamsError(
    `A record of ${topic} is of version ${version}, known are those up to ${newest}: another instance of the application is newer. Upgrade this one.`,
  );
}

/** Shorter records are not what a foreign-key join writes. */
function requireLength(bytes: Uint8Array, length: number, topic: string): void {
  if (bytes.length >= length) return;
  throw new StreamsError(
    `A record of ${topic} is ${bytes.length} bytes long, too short for a foreign-key join. Is something else writing to this topic?`,
  );
}

/** Subscriptions in Kafka Streams' bytes: version and whether there is a hash, instruction, hash, primary key, partition. */
export const subscriptionSerde: Serde<Subscription> = {
  name: "subscription",

  serialize(_topic, { hash, instruction, primaryKey, primaryPartition }) {
    const hashBytes = hash === null ? 0 : HASH_BYTES;
    const pinned = primaryPartition === null ? 0 : 4;
    const keyStart = 2 + hashBytes;
    const bytes = new Uint8Array(keyStart + primaryKey.length + pinned);
    bytes[0] = (primaryPartition === null ? UNPINNED : PINNED) | (hash === null ? NO_HASH : 0);
    bytes[1] = instruction;
    if (hash !== null) bytes.set(hash, 2);
    bytes.set(primaryKey, keyStart);
    if (primaryPartition !== null) new DataView(bytes.buffer).setInt32(bytes.length - 4, primaryPartition);
    return bytes;
  },

  deserialize(topic, bytes) {
    requireLength(bytes, 2, topic);
    const version = bytes[0]! & 0x7f;
    requireVersion(version, PINNED, topic);
    const keyStart = (bytes[0]! & NO_HASH) === 0 ? 2 + HASH_BYTES : 2;
    const keyEnd = bytes.length - (version === UNPINNED ? 0 : 4);
    requireLength(bytes, keyStart + bytes.length - keyEnd, topic);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return {
      hash: keyStart === 2 ? null : copy(bytes, 2, keyStart),
      instruction: instructionOf(bytes[1]!, topic),
      primaryKey: copy(bytes, keyStart, keyEnd),
      primaryPartition: version === UNPINNED ? null : view.getInt32(keyEnd),
    };
  },
};

function instructionOf(code: number, topic: string): Instruction {
  if (code <= 3) return code as Instruction;
  throw new StreamsError(
    `A record of ${topic} has the unknown instruction ${code}. Is something else writing to this topic?`,
  );
}

// A Buffer's own slice would not copy.
function copy(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return Uint8Array.prototype.slice.call(bytes, start, end);
}

class ResponseSerde<R> extends CompoundSerde<SubscriptionResponse<R>> {
  readonly #value: Serde<R>;

  constructor(value: Serde<R>) {
    super(`answer of ${value.name}`, [value as Serde<unknown>]);
    this.#value = value;
  }

  serialize(topic: string, { hash, value }: SubscriptionResponse<R>, headers?: Headers): Uint8Array {
    const valueBytes = value === null ? null : this.#value.serialize(topic, value, headers);
    const start = hash === null ? 1 : 1 + HASH_BYTES;
    const bytes = new Uint8Array(start + (valueBytes?.length ?? 0));
    if (hash === null) bytes[0] = NO_HASH;
    else bytes.set(hash, 1);
    if (valueBytes !== null) bytes.set(valueBytes, start);
    return bytes;
  }

  deserialize(topic: string, bytes: Uint8Array, headers?: Headers): SubscriptionResponse<R> {
    requireLength(bytes, 1, topic);
    requireVersion(bytes[0]! & 0x7f, 0, topic);
    const start = (bytes[0]! & NO_HASH) === 0 ? 1 + HASH_BYTES : 1;
    requireLength(bytes, start, topic);
    // As in Kafka Streams, an empty value cannot be told from none.
    const value = bytes.length > start ? this.#value.deserialize(topic, bytes.subarray(start), headers) : null;
    return { hash: start === 1 ? null : copy(bytes, 1, start), value, primaryPartition: null };
  }
}

/** Answers in Kafka Streams' bytes: version and whether there is a hash, hash, the right row's value. */
export function responseSerde<R>(value: Serde<R>): Serde<SubscriptionResponse<R>> {
  return new ResponseSerde(value);
}
