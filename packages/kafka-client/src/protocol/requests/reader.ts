import { readInt64 } from "../int64.js";

/** Reads the body of an answer, field after field. Throws RangeError when it ends too soon. */
export class ResponseReader {
  readonly buffer: Buffer;
  position: number;

  constructor(buffer: Buffer, position = 0) {
    this.buffer = buffer;
    this.position = position;
  }

  boolean(): boolean {
    return this.int8() !== 0;
  }

  int8(): number {
    return this.buffer.readInt8(this.#advance(1));
  }

  int16(): number {
    return this.buffer.readInt16BE(this.#advance(2));
  }

  int32(): number {
    return this.buffer.readInt32BE(this.#advance(4));
  }

  /** 64 bits as a number; exact for safe integers. */
  int64(): number {
    return readInt64(this.buffer, this.#advance(8));
  }

  uvarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.buffer.readUInt8(this.#advance(1));
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return value >>> 0;
  }

  string(): string {
    return this.nullableString() ?? "";
  }

  nullableString(): string | null {
    return this.#utf8(this.int16());
  }

  compactString(): string {
    return this.compactNullableString() ?? "";
  }

  compactNullableString(): string | null {
    return this.#utf8(this.uvarint() - 1);
  }

  /** A view on the answer. */
  nullableByteArray(): Buffer | null {
    return this.#view(this.int32());
  }

  /** A view on the answer. */
  compactNullableByteArray(): Buffer | null {
    return this.#view(this.uvarint() - 1);
  }

  uuid(): string {
    const at = this.#advance(16);
    return this.buffer.toString("base64url", at, at + 16);
  }

  /** A null array is read as an empty one. */
  array<T>(read: () => T): T[] {
    return this.#items(this.int32(), read);
  }

  /** A null array is read as an empty one. */
  compactArray<T>(read: () => T): T[] {
    return this.#items(this.uvarint() - 1, read);
  }

  /** Skips a section of tagged fields. */
  tags(): void {
    for (let left = this.uvarint(); left > 0; left--) {
      this.uvarint();
      const size = this.uvarint();
      this.#advance(size);
    }
  }

  #items<T>(count: number, read: () => T): T[] {
    const items: T[] = [];
    for (let left = count; left > 0; left--) items.push(read());
    return items;
  }

  #utf8(size: number): string | null {
    if (size < 0) return null;
    const at = this.#advance(size);
    return this.buffer.toString("utf8", at, at + size);
  }

  #view(size: number): Buffer | null {
    if (size < 0) return null;
    const at = this.#advance(size);
    return this.buffer.subarray(at, at + size);
  }

  #advance(size: number): number {
    const at = this.position;
    this.position += size;
    if (this.position > this.buffer.length) throw new RangeError("The broker's answer ends too soon.");
    return at;
  }
}
