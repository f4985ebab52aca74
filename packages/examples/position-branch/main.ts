import { serdes } from "millrace";
import { runAvroCouriers } from "../run-avro-couriers.js";
import { northTopic, restTopic, topology } from "./topology.js";

await runAvroCouriers({
  name: "position-branch",
  about: "Sends couriers north of 45 degrees to one topic, all others to another.",
  topology,
  outputs: (avro) => [
    { topic: northTopic, key: serdes.string, value: avro },
    { topic: restTopic, key: serdes.string, value: avro },
  ],
});
