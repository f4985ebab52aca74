import { serdes, StreamsBuilder, type Topology } from "millrace";
import { courierSerde, positionSerde, positionTopic, rounded } from "../courier.js";

export const swappedTopic = "position-swapped";

/** Swaps key and value: the rounded position becomes the key, the courier's id the value. */
export function topology(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: courierSerde });
  builder
    .stream(positionTopic)
    .map((id, courier) => [rounded(courier.position), id])
    .to(swappedTopic, { key: positionSerde, value: serdes.string });
  return builder.build();
}
