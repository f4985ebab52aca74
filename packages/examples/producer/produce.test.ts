import { embedded, readTopic } from "millrace";
import { expect, it } from "vitest";
import { courierSerde, positionTopic } from "../courier.js";
import { modes, produce } from "./produce.js";

it.each(modes)(
  "has every report of every courier in the topic, each courier's in their order, by mode %s",
  async (mode) => {
    await using client = embedded();
    await client.admin().createTopics([{ name: positionTopic, partitions: 4 }]);
    let progress = 0;
    const plan = { mode, threads: 10, messages: 50, deliveryTimeoutMs: 10_000 };
    const outcome = await produce(client, plan, () => progress++);

    const reports = new Map<string, number>();
    for await (const { key, value } of readTopic(client, positionTopic)) {
      expect(courierSerde.deserialize(positionTopic, value!).id).toBe(key?.toString());
      reports.set(String(key), (reports.get(String(key)) ?? 0) + 1);
    }
    const each = Array.from({ length: 10 }, (_, thread) => [`courier-${thread + 1}`, 50]);
    expect(Object.fromEntries(reports)).toEqual(Object.fromEntries(each));
    expect(progress).toBe(500);
    expect(outcome).toMatchObject({ acknowledged: 500, lost: 0, notSent: 0, error: null });
    expect(outcome.told).toBe(mode === "fire-and-forget" ? 0 : 500);
  },
);
