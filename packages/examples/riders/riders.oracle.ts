import { serdes } from "millrace";
import { TopologyTestDriver } from "millrace/testing";
import fc from "fast-check";
import { expect, it } from "vitest";
import { distanceKm } from "../geo-distance.js";
import {
  locationSerde,
  locationsTopic,
  mountainView,
  ridersNearMountainView,
  topology,
  type RiderLocation,
  type Riders,
} from "./topology.js";

const reports: fc.Arbitrary<readonly RiderLocation[]> = fc.array(
  fc.record({
    profileId: fc.constantFrom("anna", "ben", "carla", "dino"),
    // Up to some fifty kilometres away: few rows, often left and entered.
    latitude: fc.double({ min: 37, max: 37.8, noNaN: true }),
    longitude: fc.double({ min: -122.4, max: -121.8, noNaN: true }),
  }),
  { maxLength: 40 },
);

/** The rows that a plain look at each rider's last report gives. */
function fromScratch(all: readonly RiderLocation[]): Record<number, Riders> {
  const last = new Map(all.map((location) => [location.profileId, location]));
  const rows: Record<number, string[]> = {};
  for (const profileId of [...last.keys()].sort()) {
    (rows[Math.round(distanceKm(last.get(profileId)!, mountainView) / 10) * 10] ??= []).push(profileId);
  }
  return Object.fromEntries(Object.entries(rows).map(([km, riders]) => [km, { riders, count: riders.length }]));
}

it("has after each report the rows that are computed from scratch", () => {
  fc.assert(
    fc.property(reports, (all) => {
      using driver = new TopologyTestDriver(topology());
      const input = driver.createInputTopic(locationsTopic, { key: serdes.string, value: locationSerde });
      const store = driver.getKeyValueStore<number, Riders>(ridersNearMountainView.name)!;
      for (const [index, location] of all.entries()) {
        input.pipeInput(location.profileId, location);
        const rows = Object.fromEntries([...store.all()].map(({ key, value }) => [key, value]));
        expect(rows).toEqual(fromScratch(all.slice(0, index + 1)));
      }
    }),
    { numRuns: 300 },
  );
});
