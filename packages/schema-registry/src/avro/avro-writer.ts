import type { Type } from "avsc";
import { InvalidValueError } from "../errors.js";
import type { PayloadWriter } from "../serde/schema-format.js";
import { HEADER_BYTES, writeHeader } from "../wire/wire-format.js";

const SCRATCH_BYTES = 4_096;
const KEPT_BYTES_MAX = 1 << 20;

// Writing is synchronous, so one place for values that are being written serves all serdes.
let scratch = Buffer.alloc(SCRATCH_BYTES);

/** Writes values of one type into a buffer that grows, and gives a copy of the size they have. */
export class AvroWriter<T> implements PayloadWriter<T> {
  readonly #type: Type;
  readonly #id: number;

  constructor(type: Type, id: number) {
    this.#type = type;
    this.#id = id;
  }

  write(value: T): Uint8Array {
    let target = scratch;
    let end = this.#encode(value, target);
    while (end < 0) {
      // `-end` bytes are missing.
      target = Buffer.alloc(Math.max(target.length * 2, target.length - end));
      if (target.length <= KEPT_BYTES_MAX) scratch = target;
      end = this.#encode(value, target);
    }
    writeHeader(target, this.#id);
    const record = Buffer.allocUnsafe(end);
    target.copy(record, 0, 0, end);
    return record;
  }

  #encode(value: T, target: Buffer): number {
    try {
      return this.#type.encode(value, target, HEADER_BYTES);
    } catch (cause) {
      throw invalidValue(this.#type, value, cause);
    }
  }
}

function invalidValue(type: Type, value: unknown, cause: unknown): InvalidValueError {
  let path: readonly string[] | null = null;
  let what = cause instanceof Error ? cause.message : String(cause);
  try {
    type.isValid(value, {
      errorHook: (at, found, expected) => {
        if (path !== null) return;
        path = [...at];
        what = `expected ${expectation(expected)}, got ${shown(found)}`;
      },
    });
  } catch {
    // What the value's own getters throw: the first message stands.
  }
  const where = ((path ?? []) as readonly string[]).join(".");
  const name = type.name ?? type.typeName;
  return new InvalidValueError(`The value is no ${name}${where === "" ? "" : `: ${where}`}: ${what}.`, where, {
    cause,
  });
}

function expectation(type: Type): string {
  return type.name === undefined ? type.typeName.replace(/^(abstract|logical|union):/u, "") : type.name;
}

function shown(value: unknown): string {
  if (typeof value === "object" && value !== null) return value.constructor?.name ?? "an object";
  return value === undefined ? "undefined" : `${typeof value} ${String(value)}`;
}
