import type { Type } from "avsc";
import { MalformedPayloadError, SchemaError, TruncatedPayloadError, UnreadableSchemaError } from "../errors.js";
import type { PayloadReader } from "../serde/schema-format.js";
import { HEADER_BYTES } from "../wire/wire-format.js";

type Resolver = ReturnType<Type["createResolver"]>;

/** Reads what was written with one schema, as values of another where one is given. */
export class AvroReader<T> implements PayloadReader<T> {
  readonly #type: Type;
  readonly #resolver: Resolver | undefined;

  /** Throws UnreadableSchemaError where the one schema cannot be read as the other. */
  constructor(writtenAs: Type, readAs: Type | null) {
    this.#type = readAs ?? writtenAs;
    this.#resolver = readAs === null ? undefined : resolverOf(writtenAs, readAs);
  }

  read(record: Buffer): T {
    let decoded: { value: unknown; offset: number };
    try {
      decoded = this.#type.decode(record, HEADER_BYTES, this.#resolver);
    } catch (cause) {
      throw cause instanceof SchemaError ? cause : malformed(this.#type, cause);
    }
    if (decoded.offset === record.length) return decoded.value as T;
    throw decoded.offset < 0
      ? truncated(this.#type, record.length)
      : trailing(this.#type, record.length - decoded.offset);
  }
}

function resolverOf(writtenAs: Type, readAs: Type): Resolver | undefined {
  // The same text needs no resolver, and reading is twice as fast without.
  if (JSON.stringify(writtenAs.schema({ exportAttrs: true })) === JSON.stringify(readAs.schema({ exportAttrs: true })))
    return undefined;
  try {
    return readAs.createResolver(writtenAs, { ignoreNamespaces: true });
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new UnreadableSchemaError(
      `What was written as ${nameOf(writtenAs)} cannot be read as ${nameOf(readAs)}: ${what}. Give new fields of the serde's ` +
        "schema a default.",
      { cause },
    );
  }
}

function malformed(type: Type, cause: unknown): MalformedPayloadError {
  const what = cause instanceof Error ? cause.message : String(cause);
  return new MalformedPayloadError(`The record is no ${nameOf(type)}: ${what}. It is damaged.`, { cause });
}

function truncated(type: Type, bytes: number): TruncatedPayloadError {
  return new TruncatedPayloadError(
    `The record ends after ${bytes} bytes, before its ${nameOf(type)} does: it is damaged, or was cut off.`,
  );
}

function trailing(type: Type, bytes: number): MalformedPayloadError {
  return new MalformedPayloadError(
    `${bytes} bytes follow the ${nameOf(type)} of the record: it is damaged, or names another schema than it was written with.`,
  );
}

function nameOf(type: Type): string {
  return type.name ?? type.typeName;
}
