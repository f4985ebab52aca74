/** What `avroSchema` marks a schema with: the type its values have. Exists for the compiler only. */
declare const valueType: unique symbol;

/** An Avro schema as JSON: an object, a list (a union), or the name of a type. */
export type AvroSchema =
  string | readonly unknown[] | { readonly type: unknown; readonly [attribute: string]: unknown };

/** A schema that says which type its values have. */
export type AvroSchemaOf<T> = AvroSchema & { readonly [valueType]: T };

/**
 * Says which type the values of a schema have, where the compiler cannot find out by itself: the schema was read from a file,
 * or refers to types of other subjects. What the generator of types writes uses it.
 *
 * @example
 * const courierSchema = avroSchema<{ id: string }>({
 *   type: "record",
 *   name: "Courier",
 *   fields: [{ name: "id", type: "string" }],
 * });
 */
export function avroSchema<T>(schema: AvroSchema): AvroSchemaOf<T> {
  return schema as AvroSchemaOf<T>;
}
