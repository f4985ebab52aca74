import { serdes, StreamsBuilder, type Topology } from "millrace";
import { courierSerde, positionTopic, rounded } from "../courier.js";

export const roundedTopic = "position-rounded";

/** Rounds latitude and longitude to whole degrees. Timestamps pass through unchanged (T5). */
export function topology(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: courierSerde });
  builder
    .stream(positionTopic)
    .mapValues((courier) => ({ ...courier, position: rounded(courier.position) }), { value: courierSerde })
    .to(roundedTopic);
  return builder.build();
}
