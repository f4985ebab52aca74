import { runCouriers } from "../run-couriers.js";
import { roundedTopic, topology } from "./topology.js";

await runCouriers({
  name: "position-rounding",
  about: "Rounds each courier's position to whole degrees.",
  topology: topology(),
  outputs: [roundedTopic],
});
