import type { Bench } from "../bench.js";
import { avroBenches } from "./avro.js";
import { driverCount, embeddedCountLeveldb, embeddedCountMemory } from "./count.js";
import { driverStateless, embeddedStateless } from "./stateless.js";
import { restoreBenches } from "./restore.js";
import { embeddedJoinLeveldb, embeddedJoinMemory, embeddedOuterJoinMemory } from "./stream-join.js";
import { windowBenches } from "./windows.js";
import { embeddedWordCount } from "./wordcount.js";

/** In the order in which they run and are shown. */
export const benches: readonly Bench[] = [
  driverStateless,
  driverCount,
  embeddedStateless,
  embeddedCountMemory,
  embeddedCountLeveldb,
  embeddedWordCount,
  embeddedJoinMemory,
  embeddedOuterJoinMemory,
  embeddedJoinLeveldb,
  ...windowBenches,
  ...restoreBenches,
  ...avroBenches,
];
