import { serdes } from "millrace";
import { courierSerde, positionTopic } from "../courier.js";
import { runProgram } from "../program.js";
import { courierCommand, runCouriers, type CourierOptions } from "../run-couriers.js";
import { topology, transferredSerde, transferredTopic } from "./topology.js";

const name = "exactly-once-transfer";
const program = courierCommand(name, "Copies each position to another topic once, with its distance from the origin.");
program.action((options: CourierOptions) =>
  runCouriers(
    {
      applicationId: name,
      topology: topology(),
      input: { topic: positionTopic, value: courierSerde },
      outputs: [{ topic: transferredTopic, key: serdes.string, value: transferredSerde }],
      // The short session: after a kill -9 the group gives the partitions to the next process that much sooner.
      options: { processingGuarantee: "exactly-once", sessionTimeoutMs: 6_000 },
    },
    options,
  ),
);
await runProgram(program);
