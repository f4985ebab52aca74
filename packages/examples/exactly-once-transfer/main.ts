import { runCouriers } from "../run-couriers.js";
import { topology, transferredTopic } from "./topology.js";

await runCouriers({
  name: "exactly-once-transfer",
  about: "Copies each position to another topic once, with its distance from the origin.",
  topology: topology(),
  outputs: [transferredTopic],
  // The short session: after a kill -9 the group gives the partitions to the next process that much sooner.
  app: { processingGuarantee: "exactly-once", sessionTimeoutMs: 6_000 },
});
