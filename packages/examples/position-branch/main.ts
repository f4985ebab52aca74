import { runCouriers } from "../run-couriers.js";
import { northTopic, restTopic, topology } from "./topology.js";

await runCouriers({
  name: "position-branch",
  about: "Sends couriers north of 45 degrees to one topic, all others to another.",
  topology: topology(),
  outputs: [northTopic, restTopic],
});
