import { setTimeout as delay } from "node:timers/promises";
import { Command } from "commander";
import { Producer, serdes, StreamsApp, type Serde, type StreamsAppOptions, type Topology } from "millrace";
import { brokersOption, connectTo, createMissingTopics, embeddedOption } from "./cluster.js";
import { CourierGenerator } from "./courier-generator.js";
import type { Courier } from "./courier.js";
import { positiveInteger } from "./program.js";
import { RowReader, type ShownTopic } from "./row-reader.js";

/** An app that couriers report to. */
export interface CourierApp {
  readonly applicationId: string;
  readonly topology: Topology;
  /** Where the couriers report to, and how. */
  readonly input: { readonly topic: string; readonly value: Serde<Courier> };
  /** What is shown of what comes out. */
  readonly outputs: readonly ShownTopic[];
  /** Default: the library's own. */
  readonly options?: Pick<StreamsAppOptions, "processingGuarantee" | "sessionTimeoutMs">;
}

/** What can be said on the command line. */
export interface CourierOptions {
  readonly brokers?: readonly string[];
  readonly couriers: number;
  readonly seconds: number;
}

const reportEveryMs = 100;

/** The command line that all examples with couriers share. */
export function courierCommand(name: string, about: string): Command {
  return new Command(name)
    .description(about)
    .addOption(brokersOption())
    .addOption(embeddedOption())
    .option("--couriers <number>", "how many couriers move", positiveInteger, 3)
    .option("--seconds <number>", "for how long they report", positiveInteger, 3);
}

/** Runs an app on the embedded log or on a cluster: couriers report positions for a while, input is printed beside output, then it ends. */
export async function runCouriers(example: CourierApp, options: CourierOptions): Promise<void> {
  const { applicationId, topology, input, outputs } = example;
  await using client = connectTo(options.brokers);
  const inPartitions = await createMissingTopics(client, [{ name: input.topic, partitions: 1 }]);
  const outPartitions = await createMissingTopics(
    client,
    outputs.map(({ topic }) => ({ name: topic, partitions: 1 })),
  );
  await using app = new StreamsApp(topology, {
    applicationId,
    client,
    commitIntervalMs: reportEveryMs,
    ...example.options,
  });
  await app.start();
  await app.caughtUp();
  await using reports = await RowReader.fromEnd(client, inPartitions, [{ ...input, key: serdes.string }]);
  await using results = await RowReader.fromEnd(client, outPartitions, outputs);
  await using producer = new Producer(client);
  await input.value.open?.({ applicationId, isKey: false, topics: [input.topic], storedTopics: [] });
  const generator = new CourierGenerator(options.couriers);
  const endMs = Date.now() + options.seconds * 1000;
  while (Date.now() < endMs) {
    const courier = generator.next();
    const value = input.value.serialize(input.topic, courier);
    await producer.send({ topic: input.topic, key: courier.id, value });
    await app.caughtUp();
    for (const row of await reports.read()) console.log(row);
    for (const row of await results.read()) console.log(`    -> ${row}`);
    await delay(reportEveryMs);
  }
}
