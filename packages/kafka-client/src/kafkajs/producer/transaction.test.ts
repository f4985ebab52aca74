import { systemEnvironment } from "@millrace/kernel";
import { expect, test } from "vitest";
import { tp } from "../../port/topic-partition.js";
import { ErrorCode } from "../../protocol/error-codes.js";
import type { Transport } from "../transport/transport.js";
import { CoordinatorCalls } from "./coordinator-calls.js";
import { Transaction } from "./transaction.js";

test("a partition that could not be added is not asked for again, until records want it", async () => {
  const environment = systemEnvironment();
  const partition = tp("topic", 0);
  let asked = 0;
  const refusing: Pick<Transport, "coordinator" | "send"> = {
    coordinator: () => Promise.resolve(1),
    // In a macrotask: what asks again at once must not starve the test.
    async send() {
      asked++;
      await environment.scheduler.yield();
      return new Map([[partition, ErrorCode.INVALID_PRODUCER_EPOCH]]) as never;
    },
  };
  const signal = new AbortController().signal;
  const calls = new CoordinatorCalls(refusing as Transport, environment, { timeoutMs: 1_000, signal });
  const failures: string[] = [];
  const transaction = new Transaction(calls, {
    origin: () => ({ transactionalId: "id", producerId: 1, epoch: 0 }),
    added: () => undefined,
    failed: (error) => failures.push(error.constructor.name),
  });
  expect(transaction.admits(partition)).toBe(false);
  transaction.addWanted();
  for (let turn = 0; turn < 20; turn++) await environment.scheduler.yield();
  expect({ asked, failures }).toEqual({ asked: 1, failures: ["ProducerFencedError"] });
  expect(transaction.admits(partition)).toBe(false);
  transaction.addWanted();
  await transaction.quiet();
  expect(asked).toBe(2);
});
