import { runCouriers } from "../run-couriers.js";
import { couriersAtTopic, topology, topologyWithMoves } from "./topology.js";

await runCouriers({
  name: "courier-by-location",
  about: "Keeps the list of the couriers now at each position.",
  topology: topology(),
  variant: {
    flag: "moves",
    about: "by hand: a processor with a store emits leaves and enters",
    topology: topologyWithMoves(),
  },
  outputs: [couriersAtTopic],
});
