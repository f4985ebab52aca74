import { avroSerde, type AvroType, type SchemaRegistry } from "@millrace/schema-registry";

/** The topic the couriers report to in Avro. Messages are keyed by the courier's id. */
export const avroPositionTopic = "position-avro";

/** Where a courier is. */
export const courierSchema = {
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
  ],
} as const;

/** A position in whole degrees. */
export const placeSchema = {
  type: "record",
  name: "Place",
  fields: [
    { name: "latitude", type: "int" },
    { name: "longitude", type: "int" },
  ],
} as const;

/** `{ id: string; position: { latitude: number; longitude: number } }`: the compiler reads it off the schema. */
export type Courier = AvroType<typeof courierSchema>;
export type Place = AvroType<typeof placeSchema>;

export const courierSerde = (registry: SchemaRegistry) => avroSerde({ registry, schema: courierSchema });
export const placeSerde = (registry: SchemaRegistry) => avroSerde({ registry, schema: placeSchema });
