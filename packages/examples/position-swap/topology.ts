import type { SchemaRegistry } from "@millrace/schema-registry";
import { serdes, StreamsBuilder, type Topology } from "millrace";
import { avroPositionTopic, courierSerde, placeSerde } from "../avro-courier.js";
import { rounded } from "../courier.js";

export const swappedTopic = "position-swapped";

/** Swaps key and value: the rounded position becomes the key, the courier's id the value. */
export function topology(registry: SchemaRegistry): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: courierSerde(registry) });
  builder
    .stream(avroPositionTopic)
    .map((id, courier) => [rounded(courier.position), id])
    .to(swappedTopic, { key: placeSerde(registry), value: serdes.string });
  return builder.build();
}
