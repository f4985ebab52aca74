import { serdes, StreamsBuilder, type Topology } from "millrace";
import { courierSerde, positionTopic, type Courier, type Position } from "../courier.js";

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
    .mapValues((courier) => ({ ...courier, distanceKm: distanceKm(courier.position, origin) }), {
      value: transferredSerde,
    })
    .to(transferredTopic);
  return builder.build();
}

const earthRadiusKm = 6371;

/** Along the surface of the Earth, taken as a sphere (haversine), to the metre. */
export function distanceKm(from: Position, to: Position): number {
  const chord =
    haversine(from.latitude - to.latitude) +
    Math.cos(radians(from.latitude)) * Math.cos(radians(to.latitude)) * haversine(from.longitude - to.longitude);
  return Math.round(2 * earthRadiusKm * Math.asin(Math.min(1, Math.sqrt(chord))) * 1000) / 1000;
}

const radians = (degrees: number): number => (degrees * Math.PI) / 180;
const haversine = (degrees: number): number => Math.sin(radians(degrees) / 2) ** 2;
