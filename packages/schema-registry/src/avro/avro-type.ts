import type { AvroSchema, AvroSchemaOf } from "./avro-schema.js";

/**
 * The TypeScript type of an Avro schema's values, with the default options. The schema must be known to the compiler: written in
 * TypeScript, in place or `as const`. Defaults of fields make no difference: a value that was read always has them.
 *
 * `string`, `boolean`, `null` are themselves; `int`, `long`, `float`, `double` numbers; `bytes`, `fixed` Buffers; records objects;
 * enums unions of their symbols; `timestamp-millis` and `date` are Dates; `decimal` and `uuid` text. Unions are the union of
 * their branches, except where avsc has to wrap them: two branches of one kind (two numbers, string and enum, two records or
 * maps), which become `{ [branch]: value }`.
 *
 * @example
 * const schema = { type: "record", name: "Courier", fields: [{ name: "id", type: "string" }] } as const;
 * type Courier = AvroType<typeof schema>; // { id: string }
 */
export type AvroType<Schema, Long = number> =
  Schema extends AvroSchemaOf<infer T> ? T : AvroSchema extends Schema ? unknown : ValueOf<Schema, Schema, Long>;

interface Primitives<Long> {
  null: null;
  boolean: boolean;
  int: number;
  long: Long;
  float: number;
  double: number;
  bytes: Buffer;
  string: string;
}

type ValueOf<S, Root, Long> = S extends keyof Primitives<Long>
  ? Primitives<Long>[S]
  : S extends string
    ? Referred<S, Root, Long>
    : S extends readonly unknown[]
      ? UnionOf<S, Root, Long>
      : S extends { readonly logicalType: infer L extends keyof LogicalValues }
        ? LogicalValues[L]
        : S extends { readonly type: "record" | "error"; readonly fields: infer F extends readonly unknown[] }
          ? RecordOf<F, Root, Long>
          : S extends { readonly type: "enum"; readonly symbols: infer E extends readonly string[] }
            ? E[number]
            : S extends { readonly type: "array"; readonly items: infer I }
              ? ValueOf<I, Root, Long>[]
              : S extends { readonly type: "map"; readonly values: infer V }
                ? { [key: string]: ValueOf<V, Root, Long> }
                : S extends { readonly type: "fixed" }
                  ? Buffer
                  : S extends { readonly type: infer T }
                    ? ValueOf<T, Root, Long>
                    : unknown;

interface LogicalValues {
  "timestamp-millis": Date;
  "local-timestamp-millis": Date;
  date: Date;
  uuid: string;
  decimal: string;
}

interface NamedField {
  readonly name: string;
  readonly type: unknown;
}

type RecordOf<F extends readonly unknown[], Root, Long> = {
  [Field in Extract<F[number], NamedField> as Field["name"]]: ValueOf<Field["type"], Root, Long>;
};

/** A name that the schema itself defines; one it does not define belongs to another subject, and its type is unknown. */
type Referred<Name extends string, Root, Long> = [Definition<Root, Name>] extends [never]
  ? unknown
  : ValueOf<Definition<Root, Name>, Root, Long>;

type Definition<Root, Name extends string> = Extract<Definitions<Root>, { readonly name: Name | Unqualified<Name> }>;
type Unqualified<Name extends string> = Name extends `${string}.${infer Rest}` ? Unqualified<Rest> : Name;

/** All named types that a schema defines, at any depth. */
type Definitions<S> = S extends string
  ? never
  : S extends readonly unknown[]
    ? Definitions<S[number]>
    : S extends { readonly type: "record" | "error"; readonly fields: infer F extends readonly unknown[] }
      ? S | Definitions<Extract<F[number], NamedField>["type"]>
      : S extends { readonly type: "enum" | "fixed" }
        ? S
        : S extends { readonly type: "array"; readonly items: infer I }
          ? Definitions<I>
          : S extends { readonly type: "map"; readonly values: infer V }
            ? Definitions<V>
            : never;

type UnionOf<Branches extends readonly unknown[], Root, Long> =
  HasAlike<Branches, Root> extends true ? Wrapped<Branches[number], Root, Long> : ValueOf<Branches[number], Root, Long>;

/** Whether two branches are of one kind, so that a value alone does not tell which it is. */
type HasAlike<Branches extends readonly unknown[], Root, Seen = never> = Branches extends readonly [
  infer B,
  ...infer Rest,
]
  ? [KindOf<B, Root>] extends [Seen]
    ? true
    : HasAlike<Rest, Root, Seen | KindOf<B, Root>>
  : false;

type Kinds = {
  int: "number";
  long: "number";
  float: "number";
  double: "number";
  bytes: "bytes";
  fixed: "bytes";
  string: "text";
  enum: "text";
  map: "object";
  record: "object";
  error: "object";
  array: "array";
  boolean: "boolean";
  null: "null";
};
type KindOf<B, Root> = B extends keyof Kinds
  ? Kinds[B]
  : B extends string
    ? KindOf<Definition<Root, B>, Root>
    : B extends { readonly logicalType: infer L extends keyof LogicalValues }
      ? L
      : B extends { readonly type: infer T extends keyof Kinds }
        ? Kinds[T]
        : never;

/** A branch in an object with the name avsc gives it: a full name, or the kind of what has no name. */
type Wrapped<B, Root, Long> = B extends "null" ? null : { [Name in BranchName<B, Root>]: ValueOf<B, Root, Long> };

type BranchName<B, Root> = B extends string
  ? B extends keyof Kinds
    ? B
    : FullName<Definition<Root, B>, B>
  : FullName<B, B extends { readonly type: infer T extends string } ? T : never>;

type FullName<B, Otherwise extends string> = B extends { readonly name: infer N extends string }
  ? N extends `${string}.${string}`
    ? N
    : B extends { readonly namespace: infer S extends string }
      ? `${S}.${N}`
      : N
  : Otherwise;
