import { serdes } from "millrace";
import { TopologyTestDriver } from "millrace/testing";
import { describe, expect, it } from "vitest";
import { quickstartReports } from "./quickstart.js";
import {
  currentLocation,
  locationSerde,
  locationsTopic,
  ridersNearMountainView,
  topology,
  type RiderLocation,
  type Riders,
} from "./topology.js";

function open() {
  const driver = new TopologyTestDriver(topology());
  const input = driver.createInputTopic(locationsTopic, { key: serdes.string, value: locationSerde });
  const rows = () => [...driver.getKeyValueStore<number, Riders>(ridersNearMountainView.name)!.all()];
  return {
    driver,
    // As ksqlDB's INSERT does: without a key.
    report: (location: RiderLocation) => input.pipeInput(null, location),
    rows: () => rows().map(({ key, value }) => [key, value.riders, value.count]),
  };
}

const at = (profileId: string, latitude: number): RiderLocation => ({ profileId, latitude, longitude: -122.1162 });

describe("riders near Mountain View", () => {
  it("are, after the reports of the quickstart, three at 0, one at 10 and two at 50", () => {
    const { driver, report, rows } = open();
    quickstartReports.forEach(report);
    expect(rows()).toEqual([
      [0, ["4a7c7b41", "4ab5cbad", "8b6eae59"], 3],
      [10, ["18f4ea86"], 1],
      [50, ["4ddad000", "c2309eec"], 2],
    ]);
    expect(driver.getKeyValueStore<string, RiderLocation>(currentLocation.name)!.get("4ab5cbad")).toEqual({
      profileId: "4ab5cbad",
      latitude: 37.3952,
      longitude: -122.0813,
    });
    driver.close();
  });

  it("leave the row of their last distance for the one they come to; a row nobody is in disappears", () => {
    const { driver, report, rows } = open();
    const steps: readonly (readonly [RiderLocation, readonly unknown[]])[] = [
      [at("anna", 37.4133), [[0, ["anna"], 1]]],
      [at("ben", 37.4133), [[0, ["anna", "ben"], 2]]],
      // 11 km to the north.
      [
        at("anna", 37.5133),
        [
          [0, ["ben"], 1],
          [10, ["anna"], 1],
        ],
      ],
      [
        at("anna", 37.5134),
        [
          [0, ["ben"], 1],
          [10, ["anna"], 1],
        ],
      ],
      [at("ben", 37.5133), [[10, ["anna", "ben"], 2]]],
    ];
    for (const [location, expected] of steps) {
      report(location);
      expect(rows()).toEqual(expected);
    }
    driver.close();
  });

  it.each([
    [4.99, 0],
    [5.01, 10],
    [14.99, 10],
    [15.01, 20],
  ])("of a distance of %d km are at %d", (km, row) => {
    const { driver, report, rows } = open();
    report(at("anna", 37.4133 + (km / 6371) * (180 / Math.PI)));
    expect(rows()).toEqual([[row, ["anna"], 1]]);
    driver.close();
  });
});
