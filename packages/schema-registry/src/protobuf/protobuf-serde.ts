import protobuf from "protobufjs";
import {
  InvalidSchemaError,
  MalformedPayloadError,
  PayloadLengthError,
  TruncatedPayloadError,
  type SchemaError,
} from "../errors.js";
import { ownSchema } from "../serde/own-schema.js";
import { RegistrySerde, type RegistrySerdeOptions } from "../serde/registry-serde.js";
import type { PayloadReader, PayloadWriter, SchemaFormat } from "../serde/schema-format.js";
import { ownTree, type OwnSchema, type SchemaTree } from "../serde/schema-tree.js";
import { HEADER_BYTES, writeHeader } from "../wire/wire-format.js";
import { readMessagePath, writeMessagePath, type MessagePath } from "./message-indexes.js";
import { messageOf } from "./message-of.js";
import { nestedMessages, parseProtobuf, type ProtobufFile } from "./parse-protobuf.js";

/** A file that a `.proto` file imports. Google's own need not be named. */
export interface ProtobufReference {
  /** The path in `import`. */
  readonly name: string;
  /** The subject it is registered under; the serde registers it there where it registers at all. Default: its name. */
  readonly subject?: string;
  /** The text of the file. */
  readonly schema: string;
  readonly references?: readonly ProtobufReference[];
}

/** Settings of `protobufSerde`. */
export interface ProtobufSerdeOptions extends RegistrySerdeOptions {
  /** The text of a `.proto` file. Without it: what records were written with. */
  readonly schema?: string;
  /** The message: its full name, or without the package. Default: the first of the file. */
  readonly message?: string;
  readonly references?: readonly ProtobufReference[];
}

/**
 * Protobuf in the wire format of schema registries, message indexes included, from the text of a `.proto` file. Fields have the
 * file's own names; 64-bit numbers are bigints (whole numbers are taken, too), enums names, bytes Buffers; what is not set has
 * its default, and messages that are not set are null. The type of the values is said, not inferred. Throws InvalidSchemaError.
 *
 * @example
 * const courier = protobufSerde<{ id: string }>({
 *   registry: inMemoryRegistry(),
 *   schema: `syntax = "proto3"; message Courier { string id = 1; }`,
 * });
 */
export function protobufSerde<T = unknown>(options: ProtobufSerdeOptions): RegistrySerde<T> {
  return new RegistrySerde(new ProtobufFormat<T>(options), options);
}

const language = { type: "PROTOBUF", text: (schema: string) => schema } as const;

class ProtobufFormat<T> implements SchemaFormat<T> {
  readonly name = "protobuf";
  readonly type = "PROTOBUF";
  readonly own: OwnSchema | null;
  readonly #message: string | undefined;
  readonly #readAs: protobuf.Type | null;

  constructor(options: ProtobufSerdeOptions) {
    this.own = options.schema === undefined ? null : ownSchema(language, options.schema, options.references);
    this.#message = options.message;
    this.#readAs = this.own === null ? null : this.#typeOf(parseProtobuf(ownTree(this.own)));
  }

  recordName(tree: SchemaTree): string {
    return fullName(this.#typeOf(parseProtobuf(tree)));
  }

  writer(tree: SchemaTree, id: number): PayloadWriter<T> {
    const file = parseProtobuf(tree);
    const type = this.#typeOf(file);
    return new ProtobufWriter(type, id, writeMessagePath(pathOf(type, file)));
  }

  reader(tree: SchemaTree): PayloadReader<T> {
    return new ProtobufReader(parseProtobuf(tree), this.#readAs);
  }

  #typeOf({ root, messages }: ProtobufFile): protobuf.Type {
    if (this.#message === undefined) {
      const first = messages[0];
      if (first === undefined) throw new InvalidSchemaError("The .proto file has no message. Give it one.");
      return first;
    }
    try {
      return (messages[0]?.parent ?? root).lookupType(this.#message);
    } catch (cause) {
      throw new InvalidSchemaError(`The .proto file has no message ${this.#message}. Correct \`message\`.`, { cause });
    }
  }
}

class ProtobufWriter<T> implements PayloadWriter<T> {
  readonly #type: protobuf.Type;
  readonly #id: number;
  readonly #indexes: Uint8Array;

  constructor(type: protobuf.Type, id: number, indexes: Uint8Array) {
    this.#type = type;
    this.#id = id;
    this.#indexes = indexes;
  }

  write(value: T): Uint8Array {
    const payload = this.#type.encode(messageOf(this.#type, value)).finish();
    const start = HEADER_BYTES + this.#indexes.length;
    const record = Buffer.allocUnsafe(start + payload.length);
    writeHeader(record, this.#id);
    record.set(this.#indexes, HEADER_BYTES);
    record.set(payload, start);
    return record;
  }
}

const AS_OBJECT = { longs: BigInt, enums: String, bytes: Buffer, defaults: true, arrays: true, objects: true } as const;

class ProtobufReader<T> implements PayloadReader<T> {
  readonly #file: ProtobufFile;
  readonly #readAs: protobuf.Type | null;

  constructor(file: ProtobufFile, readAs: protobuf.Type | null) {
    this.#file = file;
    this.#readAs = readAs;
  }

  read(record: Buffer): T {
    const { path, end } = readMessagePath(record, HEADER_BYTES);
    const written = typeAt(this.#file, path);
    const type = this.#readAs ?? written;
    if (written.name !== type.name)
      throw new MalformedPayloadError(
        `The record is a ${fullName(written)}, not a ${fullName(type)}: give the serde that \`message\`, or none and no schema.`,
      );
    try {
      return type.toObject(type.decode(record.subarray(end)), AS_OBJECT) as T;
    } catch (cause) {
      throw decodingError(type, cause);
    }
  }
}

function decodingError(type: protobuf.Type, cause: unknown): SchemaError {
  const what = cause instanceof Error ? cause.message : String(cause);
  if (what.startsWith("index out of range"))
    return new TruncatedPayloadError(
      `The record ends before its ${fullName(type)} does: it is damaged, or was cut off.`,
      {
        cause,
      },
    );
  return new MalformedPayloadError(`The record is no ${fullName(type)}: ${what}. It is damaged.`, { cause });
}

function typeAt({ messages }: ProtobufFile, path: MessagePath): protobuf.Type {
  let among = messages;
  let found: protobuf.Type | undefined;
  for (const index of path) {
    found = among[index];
    if (found === undefined)
      throw new PayloadLengthError(`The schema has no message at ${path.join(".")}: the record is damaged.`);
    among = nestedMessages(found);
  }
  return found!;
}

function pathOf(type: protobuf.Type, { messages }: ProtobufFile): MessagePath {
  const { parent } = type;
  if (parent instanceof protobuf.Type)
    return [...pathOf(parent, { messages } as ProtobufFile), nestedMessages(parent).indexOf(type)];
  const index = messages.indexOf(type);
  if (index >= 0) return [index];
  throw new InvalidSchemaError(`Message ${fullName(type)} is not in the file itself. Give its own file as the schema.`);
}

function fullName(type: protobuf.Type): string {
  return type.fullName.replace(/^\./u, "");
}
