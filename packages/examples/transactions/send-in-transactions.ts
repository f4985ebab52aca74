import { Producer, readTopic, type Isolation, type KafkaClient } from "millrace";
import { CourierGenerator } from "../courier-generator.js";
import { courierSerde } from "../courier.js";

export const topic = "position-in-transactions";

const perTransaction = 10;

/**
 * Sends `count` positions, ten in a transaction. Where that leaves a rest, the last transaction is stopped before it is
 * committed: `stop` runs while it is open, and then it is aborted.
 */
export async function sendInTransactions(client: KafkaClient, count: number, stop: () => Promise<void>): Promise<void> {
  await using producer = new Producer(client, { transactionalId: "couriers" });
  const couriers = new CourierGenerator(3);
  for (let sent = 0; sent < count; sent += perTransaction) {
    await producer.transaction(async ({ send }) => {
      for (let index = sent; index < Math.min(sent + perTransaction, count); index++) {
        const courier = couriers.next();
        await send({ topic, key: courier.id, value: courierSerde.serialize(topic, courier) });
      }
      if (sent + perTransaction <= count) return;
      await stop();
      throw new StoppedError(`Stopped after ${count} records.`);
    });
  }
}

/** The producer was stopped within a transaction. */
export class StoppedError extends Error {}

/** How many records of the topic a consumer of this isolation sees. */
export async function visible(client: KafkaClient, isolation: Isolation): Promise<number> {
  let count = 0;
  for await (const _ of readTopic(client, topic, { isolation })) count++;
  return count;
}
