import type { Position } from "./courier.js";

const earthRadiusKm = 6371;

/** Along the surface of the Earth, taken as a sphere (haversine): what GEO_DISTANCE of ksqlDB gives, in kilometres. */
export function distanceKm(from: Position, to: Position): number {
  const chord =
    haversine(from.latitude - to.latitude) +
    Math.cos(radians(from.latitude)) * Math.cos(radians(to.latitude)) * haversine(from.longitude - to.longitude);
  return 2 * earthRadiusKm * Math.asin(Math.min(1, Math.sqrt(chord)));
}

const radians = (degrees: number): number => (degrees * Math.PI) / 180;
const haversine = (degrees: number): number => Math.sin(radians(degrees) / 2) ** 2;
