import { Producer, type KafkaClient, type OutgoingRecord } from "millrace";
import { CourierGenerator } from "../courier-generator.js";
import { courierSerde, positionTopic } from "../courier.js";

export const modes = ["sync", "async", "fire-and-forget"] as const;
export type Mode = (typeof modes)[number];

export interface Plan {
  readonly mode: Mode;
  /** How many couriers report at the same time. */
  readonly threads: number;
  /** How often each reports. */
  readonly messages: number;
  /** How long a record may take before it is given up. */
  readonly deliveryTimeoutMs: number;
}

export interface Outcome {
  readonly mode: Mode;
  /** Until the program had learnt what this mode tells it, and could have gone on. */
  readonly elapsedMs: number;
  /** What became of the records, by the producer's own count. */
  readonly acknowledged: number;
  readonly lost: number;
  /** Records that were not handed over any more, because the thread they belong to has met an error. */
  readonly notSent: number;
  /** Records whose fate the program was told, good or bad. */
  readonly told: number;
  /** Why records were lost, as far as the program was told. */
  readonly error: Error | null;
}

/** Learns what became of each record. */
type Report = (error: Error | null) => void;

const send: Readonly<Record<Mode, (producer: Producer, record: OutgoingRecord, report: Report) => Promise<unknown>>> = {
  /** Waits for each acknowledgement before the next record; throws when there is none. */
  sync: (producer, record, report) => producer.send(record).then(() => report(null)),

  /** Hands the record over, goes on, and is told later. */
  async: (producer, record, report) => producer.post(record, report),

  /** Hands the record over and never asks what became of it. */
  "fire-and-forget": (producer, record) => producer.post(record),
};

/** Couriers that move at random report to the topic {@link positionTopic}, all at the same time, through one producer. */
export async function produce(client: KafkaClient, plan: Plan, onProgress: () => void): Promise<Outcome> {
  const { mode, threads, messages, deliveryTimeoutMs } = plan;
  await using producer = new Producer(client, { deliveryTimeoutMs });
  let told = 0;
  let firstError: Error | null = null;
  const report: Report = (error) => {
    told++;
    firstError ??= error;
  };
  const startMs = performance.now();
  const couriers = Array.from({ length: threads }, async (_, thread) => {
    const id = `courier-${thread + 1}`;
    const generator = new CourierGenerator(1, thread + 1);
    for (let message = 0; message < messages; message++) {
      const value = courierSerde.serialize(positionTopic, { ...generator.next(), id });
      await send[mode](producer, { topic: positionTopic, key: id, value }, report);
      onProgress();
    }
  });
  await Promise.all(couriers.map((courier) => courier.catch(report)));
  const flushed = producer.flush().catch(() => undefined); // The counts tell what it throws.
  if (mode === "async") await flushed;
  const elapsedMs = performance.now() - startMs;
  await flushed;
  const { acknowledged, failed: lost } = producer.counts;
  const notSent = threads * messages - acknowledged - lost;
  return { mode, elapsedMs, acknowledged, lost, notSent, told, error: firstError };
}
