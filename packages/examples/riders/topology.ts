import { queryable, serdes, StreamsBuilder, type Topology } from "millrace";
import type { Position } from "../courier.js";
import { distanceKm } from "../geo-distance.js";

/** The topic of the stream riderLocations. */
export const locationsTopic = "locations";

export interface RiderLocation extends Position {
  readonly profileId: string;
}

export const locationSerde = serdes.json<RiderLocation>();

export const mountainView: Position = { latitude: 37.4133, longitude: -122.1162 };

/** The riders at about the same distance. */
export interface Riders {
  readonly riders: readonly string[];
  readonly count: number;
}

/** Where each rider is, by profileId. */
export const currentLocation = queryable.keyValue<string, RiderLocation>("currentLocation");

/** Who is how far from Mountain View, by kilometres rounded to tens. */
export const ridersNearMountainView = queryable.keyValue<number, Riders>("ridersNearMountainView");

/** The last report of each rider, and from it, at each distance, the riders who are there now. */
export function topology(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: locationSerde });
  builder
    .stream(locationsTopic)
    .groupBy((_, { profileId }) => profileId)
    .reduce((_, latest) => latest, { store: currentLocation.name })
    .groupBy((profileId, location) => [roundedToTens(distanceKm(location, mountainView)), profileId], {
      key: serdes.double,
      value: serdes.string,
    })
    .aggregate({
      init: () => rowOf([]),
      add: (_, profileId, { riders }) => rowOf([...riders, profileId]),
      subtract: (_, profileId, { riders }) => rowWithout(riders, profileId),
      store: ridersNearMountainView.name,
      value: serdes.json<Riders>(),
    });
  return builder.build();
}

/** As ROUND(km, -1) of ksqlDB: halves go up. */
function roundedToTens(km: number): number {
  return Math.round(km / 10) * 10;
}

/** In the order of their ids, nobody twice: the row says who is there, not how they came. */
function rowOf(ids: readonly string[]): Riders {
  const riders = [...new Set(ids)].sort();
  return { riders, count: riders.length };
}

/** A row nobody is in any more disappears. */
function rowWithout(ids: readonly string[], profileId: string): Riders | null {
  const left = ids.filter((id) => id !== profileId);
  return left.length === 0 ? null : rowOf(left);
}
