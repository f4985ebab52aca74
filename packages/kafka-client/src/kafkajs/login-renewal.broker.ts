import { canStartBrokers, startBroker } from "@millrace/broker-harness";
import { sleep, systemEnvironment } from "@millrace/kernel";
import { describe, expect, test } from "vitest";
import { readToEnd, rows } from "../conformance/records-at-hand.js";
import { tp } from "../port/topic-partition.js";
import { kafka } from "./kafka.js";

const SESSION_MS = 12_000;
const { scheduler, clock } = systemEnvironment();

describe.runIf(canStartBrokers)("a login that ends after a while (KIP-368)", () => {
  test("is renewed in time, amid requests on their way: nothing is lost, doubled or refused", async () => {
    await using cluster = await startBroker({
      sasl: true,
      properties: { "connections.max.reauth.ms": String(SESSION_MS) },
    });
    const sasl = { mechanism: "scram-sha-256", ...cluster.user! } as const;
    await using client = kafka({ brokers: cluster.brokers, sasl });
    await client.admin().createTopics([{ name: "t", partitions: 1 }]);
    const consumer = client.restoreConsumer({ isolation: "read_committed" });
    consumer.assign(new Map([[tp("t", 0), 0]]));
    const producer = client.producer({ batchBytes: 500 });
    const read: string[] = [];
    const endMs = clock.monotonicMs() + 2 * SESSION_MS;
    let written = 0;
    while (clock.monotonicMs() < endMs) {
      for (let record = 0; record < 100; record++) {
        producer.append("t", 0, null, Buffer.from(String(written++)), clock.nowMs());
      }
      read.push(...rows(await consumer.poll(0)));
      await sleep(scheduler, 5);
    }
    await producer.flush();
    const expected = Array.from({ length: written }, (_, index) => `${index}:null=${index}`);
    expect(await readToEnd(client, tp("t", 0), "read_committed")).toEqual(expected);
    while (read.length < written) read.push(...rows(await consumer.poll(100)));
    expect(read).toEqual(expected);
    expect(cluster.log()).not.toContain("Failed authentication");
    expect(cluster.log()).not.toContain("Failed re-authentication");
  });
});
