import { runCouriers } from "../run-couriers.js";
import { swappedTopic, topology } from "./topology.js";

await runCouriers({
  name: "position-swap",
  about: "Swaps key and value: the rounded position becomes the key, the courier's id the value.",
  topology: topology(),
  outputs: [swappedTopic],
});
