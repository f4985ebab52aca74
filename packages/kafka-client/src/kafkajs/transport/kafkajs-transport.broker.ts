import { systemRandomness } from "@millrace/kernel";
import { afterEach, describe, expect, it } from "vitest";
import { connectionSettings, type KafkaOptions } from "../kafka-options.js";
import { KafkajsTransport } from "./kafkajs-transport.js";

const brokers = (process.env["KAFKA_BOOTSTRAP_SERVERS"] ?? "127.0.0.1:9092").split(",");
const opened: KafkajsTransport[] = [];

function transport(options: Partial<KafkaOptions> = {}): KafkajsTransport {
  const made = new KafkajsTransport(connectionSettings({ brokers, ...options }));
  opened.push(made);
  return made;
}

afterEach(async () => {
  for (const made of opened.splice(0)) await made.close();
});

describe("a transport", () => {
  it("connects through the address that answers, when others are dead", async () => {
    const made = transport({ brokers: ["127.0.0.1:1", ...brokers, "127.0.0.1:2"] });
    await made.open();
    expect(made.clusterId).toMatch(/\S+/u);
    expect(await made.anyNode()).toBeGreaterThanOrEqual(0);
  });

  it("names the topics that do not exist", async () => {
    const missing = `nowhere-${systemRandomness.uuid()}`;
    const made = transport();
    expect(await made.refresh([missing])).toEqual({ missing: [missing] });
    expect(made.partitionCount(missing)).toBeUndefined();
  });

  it("finds a coordinator, for groups and for transactions", async () => {
    const made = transport();
    const key = systemRandomness.uuid();
    expect(await made.coordinator("group", key)).toBeGreaterThanOrEqual(0);
    expect(await made.coordinator("transaction", key)).toBeGreaterThanOrEqual(0);
  });
});
