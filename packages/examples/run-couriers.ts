import { setTimeout as delay } from "node:timers/promises";
import { Command } from "commander";
import {
  Producer,
  StreamsApp,
  type ManualConsumer,
  type StreamsAppOptions,
  type Topology,
  type TopicPartition,
} from "millrace";
import { brokersOption, connectTo, createMissingTopics } from "./cluster.js";
import { CourierGenerator } from "./courier-generator.js";
import { courierSerde, positionTopic } from "./courier.js";
import { positiveInteger, runProgram } from "./program.js";

export interface CourierExample {
  readonly name: string;
  readonly about: string;
  readonly topology: Topology;
  readonly outputs: readonly string[];
  /** Another topology for the same job, behind a flag of its own. */
  readonly variant?: { readonly flag: string; readonly about: string; readonly topology: Topology };
  /** Default: the library's own. */
  readonly app?: Pick<StreamsAppOptions, "processingGuarantee" | "sessionTimeoutMs">;
  /** Shows a value of an output topic; default: as text. */
  readonly showValue?: (value: Uint8Array) => string;
}

interface Options extends Readonly<Record<string, unknown>> {
  readonly brokers?: readonly string[];
  readonly couriers: number;
  readonly seconds: number;
}

const reportEveryMs = 100;

/** Runs an example on the embedded log or on a cluster: couriers report positions for a while, input is printed beside output, then it ends. */
export async function runCouriers(example: CourierExample): Promise<void> {
  const { variant } = example;
  const command = new Command(example.name).description(example.about);
  if (variant !== undefined) command.option(`--${variant.flag}`, variant.about, false);
  command
    .addOption(brokersOption())
    .option("--embedded", "in this process, with no broker (the default)", true)
    .option("--couriers <number>", "how many couriers move", positiveInteger, 3)
    .option("--seconds <number>", "for how long they report", positiveInteger, 3)
    .action((options: Options) => {
      const topology = variant !== undefined && options[variant.flag] === true ? variant.topology : example.topology;
      return run({ ...example, topology }, options);
    });
  await runProgram(command);
}

async function run(example: CourierExample, { brokers, couriers, seconds }: Options): Promise<void> {
  await using client = connectTo(brokers);
  const topics = [positionTopic, ...example.outputs];
  const partitions = await createMissingTopics(
    client,
    topics.map((name) => ({ name, partitions: 1 })),
  );
  await using app = new StreamsApp(example.topology, {
    applicationId: example.name,
    client,
    commitIntervalMs: reportEveryMs,
    ...example.app,
  });
  await app.start();
  await app.caughtUp();
  await using producer = new Producer(client);
  const consumer = client.restoreConsumer({ isolation: "read_committed" });
  // What earlier runs left in the topics of a cluster is not shown again.
  consumer.assign(await consumer.endOffsets(partitions, "read_committed"));
  const generator = new CourierGenerator(couriers);
  const endMs = Date.now() + seconds * 1000;
  while (Date.now() < endMs) {
    const courier = generator.next();
    const value = courierSerde.serialize(positionTopic, courier);
    await producer.send({ topic: positionTopic, key: courier.id, value });
    await app.caughtUp();
    await print(consumer, partitions, example);
    await delay(reportEveryMs);
  }
  await consumer.close();
}

/** Prints what came since the last time: the input line first, outputs indented below it. */
async function print(
  consumer: ManualConsumer,
  partitions: readonly TopicPartition[],
  example: CourierExample,
): Promise<void> {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const ends = await consumer.endOffsets(partitions, "read_committed");
  while (partitions.some((partition) => consumer.position(partition) < (ends.get(partition) ?? 0))) {
    for (const { tp: partition, records } of await consumer.poll(100)) {
      const isInput = partition.topic === positionTopic;
      const show = isInput ? utf8 : (example.showValue ?? utf8);
      while (records.next()) {
        const { key, value } = records.record();
        const row = `${key === null ? "null" : utf8(key)}  ${value === null ? "(deleted)" : show(value)}`;
        if (isInput) inputs.push(`${partition.topic}  ${row}`);
        else outputs.push(`    -> ${partition.topic}  ${row}`);
      }
    }
  }
  for (const line of [...inputs, ...outputs]) console.log(line);
}

export function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

/** Shows a serialised long. */
export function long(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readBigInt64BE().toString();
}
