import type { SchemaRegistry } from "@millrace/schema-registry";
import { serdes, StreamsBuilder, type Topology } from "millrace";
import { avroPositionTopic, courierSerde } from "../avro-courier.js";
import { rounded } from "../courier.js";

export const roundedTopic = "position-rounded";

/** Rounds latitude and longitude to whole degrees. Timestamps pass through unchanged (T5). */
export function topology(registry: SchemaRegistry): Topology {
  const courier = courierSerde(registry);
  const builder = new StreamsBuilder({ key: serdes.string, value: courier });
  builder
    .stream(avroPositionTopic)
    .mapValues(({ id, position }) => ({ id, position: rounded(position) }))
    .to(roundedTopic, { value: courier });
  return builder.build();
}
