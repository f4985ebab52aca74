import { serdes, StreamsBuilder, type Topology } from "millrace";
import { courierSerde, positionTopic } from "../courier.js";

export const northTopic = "position-north";
export const restTopic = "position-rest";

/** Couriers north of 45 degrees go to one topic, all others (45.0 itself among them) to another. */
export function topology(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: courierSerde });
  const { north, rest } = builder.stream(positionTopic).split({
    north: (_, courier) => courier.position.latitude > 45,
    rest: () => true,
  });
  north.to(northTopic);
  rest.to(restTopic);
  return builder.build();
}
