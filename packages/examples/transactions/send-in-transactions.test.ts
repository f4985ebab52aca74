import { embedded } from "millrace";
import { expect, it } from "vitest";
import { sendInTransactions, StoppedError, topic, visible } from "./send-in-transactions.js";

it("shows 100 of 105 records to read_committed: the last five are in a transaction that was stopped", async () => {
  await using client = embedded();
  await client.admin().createTopics([{ name: topic, partitions: 1 }]);
  const seen: unknown[] = [];
  const look = async () => {
    seen.push([await visible(client, "read_committed"), await visible(client, "read_uncommitted")]);
  };
  await expect(sendInTransactions(client, 105, look)).rejects.toThrow(StoppedError);
  await look();
  expect(seen).toEqual([
    [100, 105],
    [100, 105],
  ]);
});

it("shows all to both when the last transaction is full", async () => {
  await using client = embedded();
  await client.admin().createTopics([{ name: topic, partitions: 1 }]);
  await sendInTransactions(client, 30, () => Promise.reject(new Error("never stopped")));
  await expect.poll(() => visible(client, "read_committed")).toBe(30);
  expect(await visible(client, "read_uncommitted")).toBe(30);
});
