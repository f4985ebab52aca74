import { runAvroCouriers } from "../run-avro-couriers.js";
import { couriersAtByMovesTopic, couriersAtTopic, topology, topologyByMoves } from "./topology.js";

await runAvroCouriers({
  name: "courier-by-location",
  about: "Keeps the list of the couriers now at each place.",
  topology,
  outputs: (avro) => [{ topic: couriersAtTopic, key: avro, value: avro }],
  variant: {
    flag: "moves",
    name: "courier-by-location-by-moves",
    about: "by hand: a store, and a flatMap that says who leaves and who enters",
    topology: topologyByMoves,
    outputs: (avro) => [{ topic: couriersAtByMovesTopic, key: avro, value: avro }],
  },
  // Or a kill -9 between two writes might leave a courier in two lists, or in none. The short session: after a kill -9 the
  // group gives the partitions to the next process that much sooner.
  options: { processingGuarantee: "exactly-once", sessionTimeoutMs: 6_000 },
});
