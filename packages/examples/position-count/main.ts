import { serdes } from "millrace";
import { runAvroCouriers } from "../run-avro-couriers.js";
import { countPerSecondTopics, countTopics, second, topology } from "./topology.js";

await runAvroCouriers({
  name: "position-count",
  about: "Counts the reports from each place, north of 45 degrees and elsewhere, in all and in each second.",
  topology,
  outputs: (avro) => [
    ...Object.values(countTopics).map((topic) => ({ topic, key: avro, value: serdes.long })),
    ...Object.values(countPerSecondTopics).map((topic) => ({
      topic,
      key: serdes.timeWindowed(avro, second.sizeMs),
      value: serdes.long,
    })),
  ],
});
