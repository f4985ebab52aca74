import { setTimeout as delay } from "node:timers/promises";
import Table from "cli-table3";
import { Command } from "commander";
import { Producer, StreamsApp } from "millrace";
import { brokersOption, connectTo, createMissingTopics, embeddedOption } from "../cluster.js";
import type { Position } from "../courier.js";
import { positiveInteger, runProgram } from "../program.js";
import { ridersWithin, ridersWithin$, rowsUpTo, type RiderNearby } from "./queries.js";
import { quickstartReports } from "./quickstart.js";
import {
  currentLocation,
  locationSerde,
  locationsTopic,
  mountainView,
  topology,
  type RiderLocation,
} from "./topology.js";

interface Options {
  readonly brokers?: readonly string[];
  readonly seconds?: number;
  readonly observable?: boolean;
}

const reportEveryMs = 100;
const nearKm = 5;

async function run(options: Options): Promise<void> {
  await using client = connectTo(options.brokers);
  await createMissingTopics(client, [{ name: locationsTopic, partitions: 1 }]);
  await using app = new StreamsApp(topology(), {
    applicationId: "riders",
    client,
    processingGuarantee: "exactly-once",
    // After a kill -9 the group gives the partition to the next process that soon.
    sessionTimeoutMs: 6_000,
  });
  await app.start();
  await app.caughtUp();
  await using producer = new Producer(client);
  await Promise.all([show(app, options), ride(app, producer, options)]);
}

/** Prints who comes near, from a loop or an observable, until the app is closed. */
async function show(app: StreamsApp, { observable }: Options): Promise<void> {
  const print = ({ profileId, km }: RiderNearby): void => {
    console.log(`    -> within ${nearKm} km: ${profileId}  ${km.toFixed(3)}`);
  };
  if (observable === true) return await ridersWithin$(app, nearKm).forEach(print);
  for await (const rider of ridersWithin(app, nearKm)) print(rider);
}

/** The reports of the quickstart, and more if asked for; then closes the app. */
async function ride(app: StreamsApp, producer: Producer, { seconds }: Options): Promise<void> {
  const report = async (location: RiderLocation): Promise<void> => {
    console.log(`${locationsTopic}  ${location.profileId}  ${coordinates(location)}`);
    const value = locationSerde.serialize(locationsTopic, location);
    await producer.send({ topic: locationsTopic, key: location.profileId, value });
    await app.caughtUp();
    await delay(reportEveryMs);
  };
  for (const location of quickstartReports) await report(location);
  await printAnswers(app);
  if (seconds !== undefined) {
    const endMs = Date.now() + seconds * 1000;
    for (let riders = quickstartReports; Date.now() < endMs; riders = riders.map(closer)) {
      for (const rider of riders) await report(rider);
    }
    await printAnswers(app);
  }
  await app.close();
}

/** A fifth of the way to Mountain View. */
function closer({ profileId, latitude, longitude }: RiderLocation): RiderLocation {
  return {
    profileId,
    latitude: latitude + (mountainView.latitude - latitude) / 5,
    longitude: longitude + (mountainView.longitude - longitude) / 5,
  };
}

async function printAnswers(app: StreamsApp): Promise<void> {
  const table = new Table({ head: ["distance in km", "riders", "count"], style: { head: [], border: [] } });
  for (const { key, value } of await rowsUpTo(app, 10)) table.push([key, value.riders.join(" "), value.count]);
  console.log(`Up to 10 km away, by kilometres rounded to tens:\n${table.toString()}`);

  const id = "4ab5cbad";
  const location = await app.store(currentLocation).get(id);
  const { partition, local } = await app.metadataForKey(currentLocation, id);
  const place = location === null ? "nothing" : coordinates(location);
  const whose = local === "active" ? "has" : "does not have";
  console.log(`${id}: ${place} (partition ${partition}, which this process ${whose})`);
}

function coordinates({ latitude, longitude }: Position): string {
  return `${latitude.toFixed(4)},${longitude.toFixed(4)}`;
}

const program = new Command("riders")
  .description("What ksqlDB's quickstart does: who rides near Mountain View, pushed and pulled.")
  .addOption(brokersOption())
  .addOption(embeddedOption())
  .option("--seconds <number>", "then let the riders ride towards Mountain View for so long", positiveInteger)
  .option("--observable", "push by an rxjs Observable instead of a loop")
  .action(run);

await runProgram(program);
