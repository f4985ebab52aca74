import avsc, { type Type } from "avsc";
import { PayloadLengthError, TruncatedPayloadError } from "../errors.js";

// avsc believes counts of arrays and maps, and sizes of blocks it skips: it would allocate, or loop, for as long as damaged
// bytes say. These types believe no more than the bytes that are there.

/** What avsc reads from; the parts used here. */
interface Tap {
  readonly buf: Uint8Array;
  pos: number;
  /** How many items without bytes may still be read. Set by the first of them. */
  bytelessLeft?: number;
  readLong(): number;
  readString(): string;
  skipString(): void;
  skipLong(): void;
}

interface Reading {
  _read(tap: Tap): unknown;
  _skip(tap: Tap): void;
}

/** Items such as `null` take no bytes, so bytes cannot bound them. No topic has honest uses for many. */
const BYTELESS_ITEMS_MAX = 65_536;

class BoundedArrayType extends avsc.types.ArrayType {
  _read(this: { itemsType: Reading }, tap: Tap): unknown[] {
    const items: unknown[] = [];
    const type = this.itemsType;
    for (let count = blockCount(tap); count > 0; count = blockCount(tap)) {
      for (; count > 0; count--) {
        const before = tap.pos;
        items.push(type._read(tap));
        if (tap.pos === before) countByteless(tap);
        else if (tap.pos > tap.buf.length) throw truncated();
      }
    }
    return items;
  }

  _skip(this: { itemsType: Reading }, tap: Tap): void {
    skipBlocks(tap, this.itemsType, false);
  }
}

class BoundedMapType extends avsc.types.MapType {
  _read(this: { valuesType: Reading }, tap: Tap): Record<string, unknown> {
    const entries: Record<string, unknown> = {};
    const type = this.valuesType;
    for (let count = blockCount(tap); count > 0; count = blockCount(tap)) {
      for (; count > 0; count--) {
        const key = tap.readString();
        const value = type._read(tap);
        if (tap.pos > tap.buf.length) throw truncated();
        if (key === "__proto__") Object.defineProperty(entries, key, { value, enumerable: true });
        else entries[key] = value;
      }
    }
    return entries;
  }

  _skip(this: { valuesType: Reading }, tap: Tap): void {
    skipBlocks(tap, this.valuesType, true);
  }
}

/** A type that reads within the bytes there are, for a schema of an array or a map; undefined for any other. */
export function boundedType(schema: unknown, options: object): Type | undefined {
  const kind = (schema as { readonly type?: unknown } | null)?.type;
  if (kind === "array") return new BoundedArrayType(schema as never, options);
  if (kind === "map") return new BoundedMapType(schema as never, options);
  return undefined;
}

function blockCount(tap: Tap): number {
  let count = tap.readLong();
  if (count < 0) {
    count = -count;
    tap.skipLong();
  }
  checkCount(tap, count);
  return count;
}

function skipBlocks(tap: Tap, type: Reading, isMap: boolean): void {
  for (let count = tap.readLong(); count !== 0; count = tap.readLong()) {
    if (count < 0) {
      const bytes = tap.readLong();
      if (!(bytes >= 0 && bytes <= tap.buf.length - tap.pos)) throw truncated();
      tap.pos += bytes;
      continue;
    }
    checkCount(tap, count);
    for (; count > 0; count--) {
      const before = tap.pos;
      if (isMap) tap.skipString();
      type._skip(tap);
      if (tap.pos === before) countByteless(tap);
      else if (!(tap.pos > before && tap.pos <= tap.buf.length)) throw truncated();
    }
  }
}

function checkCount(tap: Tap, count: number): void {
  if (count <= Math.max(tap.buf.length - tap.pos, 0) + BYTELESS_ITEMS_MAX) return;
  throw new PayloadLengthError(
    `The record claims an array or a map of ${count} entries, and has ${tap.buf.length - tap.pos} bytes left: it is ` +
      "damaged, or was written with another schema.",
  );
}

function countByteless(tap: Tap): void {
  tap.bytelessLeft = (tap.bytelessLeft ?? BYTELESS_ITEMS_MAX) - 1;
  if (tap.bytelessLeft >= 0) return;
  throw new PayloadLengthError(
    `The record has more than ${BYTELESS_ITEMS_MAX} array items that take no bytes: it is damaged, or made to harm.`,
  );
}

function truncated(): TruncatedPayloadError {
  return new TruncatedPayloadError("The record ends within an array or a map: it is damaged, or was cut off.");
}
