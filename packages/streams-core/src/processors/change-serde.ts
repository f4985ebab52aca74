import { Change, StreamsError } from "../model/index.js";
import type { Headers, Serde } from "../model/index.js";
import { CompoundSerde } from "../serde/index.js";

const OLD_ONLY = 0;
const NEW_ONLY = 1;
const BOTH = 2;

class ChangeSerde<V> extends CompoundSerde<Change<V>> {
  readonly #value: Serde<V>;

  constructor(value: Serde<V>) {
    super(`change of ${value.name}`, [value as Serde<unknown>]);
    this.#value = value;
  }

  serialize(topic: string, change: Change<V>, headers?: Headers): Uint8Array {
    const { newValue, oldValue } = change;
    // One after the other: a serde may reuse the buffer it returns.
    const newBytes = newValue === null ? null : Uint8Array.from(this.#value.serialize(topic, newValue, headers));
    const oldBytes = oldValue === null ? null : this.#value.serialize(topic, oldValue, headers);
    if (newBytes !== null && oldBytes !== null) return both(newBytes, oldBytes);
    if (newBytes !== null) return withFlag(newBytes, NEW_ONLY);
    if (oldBytes !== null) return withFlag(oldBytes, OLD_ONLY);
    throw new StreamsError(`A change with neither an old nor a new value cannot be written to ${topic}.`);
  }

  deserialize(topic: string, bytes: Uint8Array, headers?: Headers): Change<V> {
    const end = bytes.length - 1;
    const flag = bytes[end];
    if (flag === NEW_ONLY) return new Change<V>(this.#value.deserialize(topic, bytes.subarray(0, end), headers), null);
    if (flag === OLD_ONLY) return new Change<V>(null, this.#value.deserialize(topic, bytes.subarray(0, end), headers));
    if (flag !== BOTH) throw unreadable(topic);
    const lengthEnd = varintEnd(bytes);
    const newEnd = lengthEnd + readVarint(bytes, lengthEnd);
    if (lengthEnd > end || newEnd < lengthEnd || newEnd > end) throw unreadable(topic);
    return new Change<V>(
      this.#value.deserialize(topic, bytes.subarray(lengthEnd, newEnd), headers),
      this.#value.deserialize(topic, bytes.subarray(newEnd, end), headers),
    );
  }
}

function unreadable(topic: string): StreamsError {
  return new StreamsError(
    `A record of ${topic} is not a table change as Kafka Streams writes them (KIP-904). Is something else writing to this repartition topic?`,
  );
}

function withFlag(value: Uint8Array, flag: number): Uint8Array {
  const bytes = new Uint8Array(value.length + 1);
  bytes.set(value);
  bytes[value.length] = flag;
  return bytes;
}

function both(newBytes: Uint8Array, oldBytes: Uint8Array): Uint8Array {
  const header = varintSize(newBytes.length);
  const bytes = new Uint8Array(header + newBytes.length + oldBytes.length + 1);
  writeVarint(bytes, newBytes.length);
  bytes.set(newBytes, header);
  bytes.set(oldBytes, header + newBytes.length);
  bytes[bytes.length - 1] = BOTH;
  return bytes;
}

// Kafka's varint: seven bits a byte, low ones first, of the zigzag form (twice the number, as lengths are not negative).
function varintSize(length: number): number {
  let size = 1;
  for (let rest = length * 2; rest >= 128; rest = Math.floor(rest / 128)) size++;
  return size;
}

function writeVarint(bytes: Uint8Array, length: number): void {
  let at = 0;
  let rest = length * 2;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes[at++] = (rest % 128) | 128;
  bytes[at] = rest;
}

function varintEnd(bytes: Uint8Array): number {
  let end = 0;
  while (end < bytes.length && bytes[end]! >= 128) end++;
  return end + 1;
}

function readVarint(bytes: Uint8Array, end: number): number {
  let value = 0;
  for (let at = end - 1; at >= 0; at--) value = value * 128 + (bytes[at]! & 127);
  return Math.floor(value / 2);
}

/**
 * What goes through the repartition topic of a grouped table, in Kafka Streams' bytes (A6): old value and 0, or new
 * value and 1, or the new value's length, new value, old value and 2.
 */
export function changeSerde<V>(value: Serde<V>): Serde<Change<V>> {
  return new ChangeSerde(value);
}
