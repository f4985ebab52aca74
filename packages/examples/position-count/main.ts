import { long, runCouriers } from "../run-couriers.js";
import { northCountsTopic, restCountsTopic, topology } from "./topology.js";

await runCouriers({
  name: "position-count",
  about: "Counts the reports from each whole-degree position, north of 45 degrees and elsewhere.",
  topology: topology(),
  outputs: [northCountsTopic, restCountsTopic],
  showValue: long,
});
