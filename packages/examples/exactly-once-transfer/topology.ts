import { serdes, StreamsBuilder, type Topology } from "millrace";
import { courierSerde, positionTopic, type Courier, type Position } from "../courier.js";
import { distanceKm } from "../geo-distance.js";

export const transferredTopic = "position-with-distance";

/** Where distances are measured from: Milan. */
export const origin: Position = { latitude: 45.4642, longitude: 9.19 };

export interface CourierAtDistance extends Courier {
  readonly distanceKm: number;
}

export const transferredSerde = serdes.json<CourierAtDistance>();

/** Adds to each position its distance from the origin. */
export function topology(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: courierSerde });
  builder
    .stream(positionTopic)
    .mapValues((courier) => ({ ...courier, distanceKm: distanceFromOriginKm(courier.position) }), {
      value: transferredSerde,
    })
    .to(transferredTopic);
  return builder.build();
}

/** To the metre. */
export function distanceFromOriginKm(position: Position): number {
  return Math.round(distanceKm(position, origin) * 1000) / 1000;
}
