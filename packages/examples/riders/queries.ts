import type { KeyValue, StreamsApp } from "millrace";
import { filter, map, type Observable } from "rxjs";
import { distanceKm } from "../geo-distance.js";
import { currentLocation, mountainView, ridersNearMountainView, type RiderLocation, type Riders } from "./topology.js";

export interface RiderNearby {
  readonly profileId: string;
  readonly km: number;
}

/** Push query: those within `km` of Mountain View, then each report from there as it comes, until the app is closed. */
export async function* ridersWithin(app: StreamsApp, km: number): AsyncGenerator<RiderNearby> {
  for await (const { value } of app.changes(currentLocation)) {
    if (value === null) continue;
    const rider = nearby(value);
    if (rider.km <= km) yield rider;
  }
}

/** The same as an observable. */
export function ridersWithin$(app: StreamsApp, km: number): Observable<RiderNearby> {
  return app.changes(currentLocation).observable.pipe(
    map(({ value }) => value),
    filter((location) => location !== null),
    map(nearby),
    filter((rider) => rider.km <= km),
  );
}

/** Pull query: the rows up to a distance, the nearest first. Reads no others: keys of 0 and more are stored in their order. */
export async function rowsUpTo(app: StreamsApp, km: number): Promise<KeyValue<number, Riders>[]> {
  const rows = await app.store(ridersNearMountainView).range({ to: km }).toArray();
  // Rows come partition by partition.
  return rows.sort((a, b) => a.key - b.key);
}

function nearby(location: RiderLocation): RiderNearby {
  return { profileId: location.profileId, km: distanceKm(location, mountainView) };
}
