import { serdes } from "millrace";
import { runAvroCouriers } from "../run-avro-couriers.js";
import { roundedTopic, topology } from "./topology.js";

await runAvroCouriers({
  name: "position-rounding",
  about: "Rounds each courier's position to whole degrees.",
  topology,
  outputs: (avro) => [{ topic: roundedTopic, key: serdes.string, value: avro }],
});
