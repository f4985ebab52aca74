import { writeInt64 } from "../int64.js";

const NULL_LENGTH = -1;

/** Writes the body of a request, field after field, in Kafka's primitive types. Grows as needed. */
export class RequestWriter {
  #buffer: Buffer;
  #length = 0;

  constructor(capacityBytes = 256) {
    this.#buffer = Buffer.allocUnsafe(capacityBytes);
  }

  /** What was written so far. A view: writing on may leave it behind. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  boolean(value: boolean): this {
    return this.int8(value ? 1 : 0);
  }

  int8(value: number): this {
    const at = this.#reserve(1);
    this.#buffer[at] = value;
    return this;
  }

  int16(value: number): this {
    const at = this.#reserve(2);
    this.#buffer.writeInt16BE(value, at);
    return this;
  }

  int32(value: number): this {
    const at = this.#reserve(4);
    this.#buffer.writeInt32BE(value, at);
    return this;
  }

  /** A safe integer as 64 bits. */
  int64(value: number): this {
    const at = this.#reserve(8);
    writeInt64(this.#buffer, at, value);
    return this;
  }

  /** An unsigned 32-bit integer of variable length. */
  uvarint(value: number): this {
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.int8((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    return this.int8(rest);
  }

  string(value: string): this {
    const size = Buffer.byteLength(value);
    return this.int16(size).#utf8(value, size);
  }

  nullableString(value: string | null): this {
    return value === null ? this.int16(NULL_LENGTH) : this.string(value);
  }

  compactString(value: string): this {
    const size = Buffer.byteLength(value);
    return this.uvarint(size + 1).#utf8(value, size);
  }

  compactNullableString(value: string | null): this {
    return value === null ? this.uvarint(0) : this.compactString(value);
  }

  byteArray(value: Uint8Array): this {
    return this.int32(value.length).raw(value);
  }

  nullableByteArray(value: Uint8Array | null): this {
    return value === null ? this.int32(NULL_LENGTH) : this.byteArray(value);
  }

  /** Bytes as they are, without a length. */
  raw(value: Uint8Array): this {
    const at = this.#reserve(value.length);
    this.#buffer.set(value, at);
    return this;
  }

  array<T>(items: Iterable<T>, write: (item: T) => void): this {
    const list = [...items];
    this.int32(list.length);
    for (const item of list) write(item);
    return this;
  }

  compactArray<T>(items: Iterable<T>, write: (item: T) => void): this {
    const list = [...items];
    this.uvarint(list.length + 1);
    for (const item of list) write(item);
    return this;
  }

  /** An empty section of tagged fields, which ends each structure of a flexible version. */
  tags(): this {
    return this.uvarint(0);
  }

  #utf8(value: string, size: number): this {
    const at = this.#reserve(size);
    this.#buffer.write(value, at, "utf8");
    return this;
  }

  #reserve(size: number): number {
    const at = this.#length;
    this.#length += size;
    if (this.#length > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#length, this.#buffer.length * 2));
      larger.set(this.#buffer.subarray(0, at));
      this.#buffer = larger;
    }
    return at;
  }
}
