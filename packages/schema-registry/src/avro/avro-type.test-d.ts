import type { SchemaRegistry } from "../port/schema-registry.js";
import { avroSchema } from "./avro-schema.js";
import { avroSerde } from "./avro-serde.js";
import type { AvroType } from "./avro-type.js";

declare const registry: SchemaRegistry;
type Value<S extends { deserialize(topic: string, bytes: Uint8Array): unknown }> = ReturnType<S["deserialize"]>;
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const yes = <_ extends true>(): void => {};

// A schema in place gives the type of its values.
const courier = avroSerde({
  registry,
  schema: {
    type: "record",
    name: "Courier",
    fields: [
      { name: "id", type: "string" },
      {
        name: "position",
        type: {
          type: "record",
          name: "Position",
          fields: [
            { name: "latitude", type: "double" },
            { name: "longitude", type: "double" },
          ],
        },
      },
      { name: "first_name", type: "string", default: "undefined" },
    ],
  },
});
yes<
  Equal<Value<typeof courier>, { id: string; position: { latitude: number; longitude: number }; first_name: string }>
>();
courier.serialize("t", { id: "a", position: { latitude: 1, longitude: 2 }, first_name: "A" });
// @ts-expect-error a field is missing
courier.serialize("t", { id: "a", first_name: "A" });

// Every kind of type.
const everything = {
  type: "record",
  name: "city.All",
  fields: [
    { name: "none", type: "null" },
    { name: "yes", type: "boolean" },
    { name: "n", type: "long" },
    { name: "raw", type: "bytes" },
    { name: "hash", type: { type: "fixed", name: "Hash", size: 16 } },
    { name: "kind", type: { type: "enum", name: "Kind", symbols: ["A", "B"] } },
    { name: "again", type: "Kind" },
    { name: "tags", type: { type: "array", items: "string" } },
    { name: "counts", type: { type: "map", values: "int" } },
    { name: "nick", type: ["null", "string"] },
    { name: "either", type: ["null", "int", "double"] },
    { name: "at", type: { type: "long", logicalType: "timestamp-millis" } },
    { name: "price", type: { type: "bytes", logicalType: "decimal", precision: 8, scale: 2 } },
    { name: "day", type: ["null", { type: "int", logicalType: "date" }] },
    { name: "next", type: ["null", "city.All"] },
  ],
} as const;
type Everything = AvroType<typeof everything>;
yes<Equal<Everything["none"], null>>();
yes<Equal<Everything["n"], number>>();
yes<Equal<Everything["raw"], Buffer>>();
yes<Equal<Everything["hash"], Buffer>>();
yes<Equal<Everything["kind"], "A" | "B">>();
yes<Equal<Everything["again"], "A" | "B">>();
yes<Equal<Everything["tags"], string[]>>();
yes<Equal<Everything["counts"], { [key: string]: number }>>();
yes<Equal<Everything["nick"], string | null>>();
yes<Equal<Everything["either"], null | { int: number } | { double: number }>>();
yes<Equal<Everything["at"], Date>>();
yes<Equal<Everything["price"], string>>();
yes<Equal<Everything["day"], Date | null>>();
yes<Equal<NonNullable<Everything["next"]>["kind"], "A" | "B">>();

// Longs as the serde reads them.
const bigints = avroSerde({ registry, schema: { type: "array", items: "long" }, longs: "bigint" });
yes<Equal<Value<typeof bigints>, bigint[]>>();
const numbers = avroSerde({ registry, schema: { type: "array", items: "long" } });
yes<Equal<Value<typeof numbers>, number[]>>();

// Said instead of inferred.
const said = avroSerde<{ id: string }>({ registry, schema: JSON.parse("{}") as { type: string } });
yes<Equal<Value<typeof said>, { id: string }>>();
const marked = avroSerde({ registry, schema: avroSchema<{ id: string }>({ type: "record" }) });
yes<Equal<Value<typeof marked>, { id: string }>>();
const generic = avroSerde({ registry });
yes<Equal<Value<typeof generic>, unknown>>();
const text = avroSerde({ registry, schema: "string" });
yes<Equal<Value<typeof text>, string>>();
