import type { Serde } from "../model/index.js";
import { CompoundSerde } from "./compound-serde.js";
import { keySerdeOf } from "./key-serde-of.js";
import { widthOf } from "./fixed-width-serde.js";
import { SerializationError, wrongValue } from "./serialization-error.js";

/** First byte of Kafka's list: entries of one width with the places of nulls up front, or each with its length. */
const CONSTANT_SIZE = 0;
const VARIABLE_SIZE = 1;
const NULL_LENGTH = -1;
const INT_BYTES = 4;

/**
 * Lists as Kafka's ListSerializer writes them; null entries are kept (use `nullable` for their type). Entries of
 * long, bigint, int, short, double, float and uuid are written without lengths.
 */
export function listSerde<T>(inner: Serde<T>): Serde<T[]> {
  return new ListSerde(inner);
}

class ListSerde<T> extends CompoundSerde<T[]> {
  readonly #inner: Serde<T>;
  readonly #widthBytes: number | null;

  constructor(inner: Serde<T>) {
    super(`list of ${inner.name}`, [inner as Serde<unknown>]);
    this.#inner = inner;
    this.#widthBytes = widthOf(inner);
  }

  serialize(topic: string, value: T[]): Uint8Array {
    if (!Array.isArray(value)) throw wrongValue(this.name, topic, "an array", value);
    const entries = value.map((entry) => (entry === null ? null : this.#inner.serialize(topic, entry)));
    return this.#widthBytes === null ? variableSize(entries) : constantSize(entries, this.#widthBytes);
  }

  deserialize(topic: string, bytes: Uint8Array): T[] {
    const reader = new EntryReader(this.name, topic, bytes);
    return this.#widthBytes === null
      ? this.#readVariable(reader, topic)
      : this.#readConstant(reader, topic, this.#widthBytes);
  }

  forKeys(): Serde<T[]> {
    const inner = keySerdeOf(this.#inner);
    return inner === this.#inner ? this : new ListSerde(inner);
  }

  #readVariable(reader: EntryReader, topic: string): T[] {
    reader.flag(VARIABLE_SIZE);
    const list: T[] = [];
    for (let left = reader.count(); left > 0; left--) {
      const length = reader.int();
      list.push(length === NULL_LENGTH ? (null as T) : this.#inner.deserialize(topic, reader.take(length)));
    }
    reader.end();
    return list;
  }

  #readConstant(reader: EntryReader, topic: string, widthBytes: number): T[] {
    reader.flag(CONSTANT_SIZE);
    const nulls = new Set<number>();
    for (let left = reader.count(); left > 0; left--) nulls.add(reader.int());
    const size = reader.count(nulls.size);
    const list: T[] = [];
    for (let i = 0; i < size; i++)
      list.push(nulls.has(i) ? (null as T) : this.#inner.deserialize(topic, reader.take(widthBytes)));
    reader.end();
    return list;
  }
}

function variableSize(entries: readonly (Uint8Array | null)[]): Uint8Array {
  let length = 1 + INT_BYTES;
  for (const entry of entries) length += INT_BYTES + (entry?.length ?? 0);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  bytes[0] = VARIABLE_SIZE;
  view.setInt32(1, entries.length);
  let at = 1 + INT_BYTES;
  for (const entry of entries) {
    view.setInt32(at, entry === null ? NULL_LENGTH : entry.length);
    at += INT_BYTES;
    if (entry === null) continue;
    bytes.set(entry, at);
    at += entry.length;
  }
  return bytes;
}

function constantSize(entries: readonly (Uint8Array | null)[], widthBytes: number): Uint8Array {
  let nulls = 0;
  for (const entry of entries) if (entry === null) nulls++;
  const bytes = new Uint8Array(1 + INT_BYTES * (2 + nulls) + widthBytes * (entries.length - nulls));
  const view = new DataView(bytes.buffer);
  bytes[0] = CONSTANT_SIZE;
  view.setInt32(1, nulls);
  let at = 1 + INT_BYTES;
  for (let i = 0; i < entries.length; i++) {
    if (entries[i] !== null) continue;
    view.setInt32(at, i);
    at += INT_BYTES;
  }
  view.setInt32(at, entries.length);
  at += INT_BYTES;
  for (const entry of entries) {
    if (entry === null) continue;
    bytes.set(entry, at);
    at += widthBytes;
  }
  return bytes;
}

/** Reads ints and entries in turn and refuses to pass the end. */
class EntryReader {
  readonly #serde: string;
  readonly #topic: string;
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(serde: string, topic: string, bytes: Uint8Array) {
    this.#serde = serde;
    this.#topic = topic;
    this.#bytes = bytes;
  }

  flag(expected: number): void {
    const flag = this.take(1)[0]!;
    if (flag !== expected) throw this.#corrupt(`expected first byte ${expected}, got ${flag}`);
  }

  int(): number {
    const at = this.#at;
    this.take(INT_BYTES);
    const { buffer, byteOffset } = this.#bytes;
    return new DataView(buffer, byteOffset).getInt32(at);
  }

  /** A number of things to come that take a byte each at least, but for `free` of them. */
  count(free = 0): number {
    const count = this.int();
    if (count < 0 || count - free > this.#bytes.length) throw this.#corrupt(`a count of ${count} is impossible`);
    return count;
  }

  take(length: number): Uint8Array {
    const end = this.#at + length;
    if (length < 0 || end > this.#bytes.length) throw this.#corrupt(`needs ${length} more bytes at ${this.#at}`);
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  end(): void {
    const left = this.#bytes.length - this.#at;
    if (left > 0) throw this.#corrupt(`${left} bytes are left over`);
  }

  #corrupt(problem: string): SerializationError {
    const what = `${problem}; the topic was written with another serde, or the record is corrupt.`;
    return new SerializationError({ serde: this.#serde, topic: this.#topic, what });
  }
}
