import { serdes } from "millrace";
import { runAvroCouriers } from "../run-avro-couriers.js";
import { swappedTopic, topology } from "./topology.js";

await runAvroCouriers({
  name: "position-swap",
  about: "Swaps key and value: the rounded position becomes the key, the courier's id the value.",
  topology,
  outputs: (avro) => [{ topic: swappedTopic, key: avro, value: serdes.string }],
});
