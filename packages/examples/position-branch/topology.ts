import type { SchemaRegistry } from "@millrace/schema-registry";
import { serdes, StreamsBuilder, type Topology } from "millrace";
import { avroPositionTopic, courierSerde } from "../avro-courier.js";

export const northTopic = "position-north";
export const restTopic = "position-rest";

/** Couriers north of 45 degrees go to one topic, all others (45.0 itself among them) to another. */
export function topology(registry: SchemaRegistry): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: courierSerde(registry) });
  const { north, rest } = builder.stream(avroPositionTopic).split({
    north: (_, courier) => courier.position.latitude > 45,
    rest: () => true,
  });
  north.to(northTopic);
  rest.to(restTopic);
  return builder.build();
}
