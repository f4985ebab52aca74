import { expect, it } from "vitest";
import { distanceKm } from "./geo-distance.js";

const milan = { latitude: 45.4642, longitude: 9.19 };
const mountainView = { latitude: 37.4133, longitude: -122.1162 };

it.each([
  ["Milan to Rome", milan, { latitude: 41.9028, longitude: 12.4964 }, 477],
  ["pole to pole", { latitude: 90, longitude: 0 }, { latitude: -90, longitude: 0 }, 20015],
  ["across the date line", { latitude: 0, longitude: 179.5 }, { latitude: 0, longitude: -179.5 }, 111],
  ["nowhere", milan, milan, 0],
  ["one street in Mountain View", mountainView, { latitude: 37.3952, longitude: -122.0813 }, 3.682],
  ["San Francisco to Mountain View", { latitude: 37.7877, longitude: -122.4205 }, mountainView, 49.5],
])("measures along the surface: %s", (_, from, to, km) => {
  expect(distanceKm(from, to)).toBeCloseTo(km, km < 10 ? 3 : km < 100 ? 1 : 0);
  expect(distanceKm(to, from)).toBe(distanceKm(from, to));
});
