import { systemEnvironment } from "@millrace/kernel";
import { describe, it } from "vitest";
import { runClientContract } from "../conformance/index.js";
import { kafka } from "./kafka.js";

const brokers = (process.env["KAFKA_BOOTSTRAP_SERVERS"] ?? "127.0.0.1:9092").split(",");

describe("the contract, on a real cluster", () => {
  runClientContract({ describe, it: it.concurrent }, () => {
    const environment = systemEnvironment();
    return Promise.resolve({
      environment,
      connect: () => kafka({ brokers, environment, metadataMaxAgeMs: 500 }),
      compact: () => Promise.resolve(),
      drive: (work) => work,
      close: () => Promise.resolve(),
    });
  });
});
