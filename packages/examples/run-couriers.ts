import { setTimeout as delay } from "node:timers/promises";
import { Command } from "commander";
import { embedded, Producer, StreamsApp, tp, type ManualConsumer, type Topology } from "millrace";
import { CourierGenerator } from "./courier-generator.js";
import { courierSerde, positionTopic } from "./courier.js";

export interface CourierExample {
  readonly name: string;
  readonly about: string;
  readonly topology: Topology;
  readonly outputs: readonly string[];
  /** Another topology for the same job, behind a flag of its own. */
  readonly variant?: { readonly flag: string; readonly about: string; readonly topology: Topology };
  /** Shows a value of an output topic; default: as text. */
  readonly showValue?: (value: Uint8Array) => string;
}

interface Options extends Readonly<Record<string, string | boolean>> {
  readonly couriers: string;
  readonly seconds: string;
}

const reportEveryMs = 100;

/** Runs an example on the embedded log: couriers report positions for a while, input is printed beside output, then it ends. */
export async function runCouriers(example: CourierExample): Promise<void> {
  const { variant } = example;
  const command = new Command(example.name).description(example.about);
  if (variant !== undefined) command.option(`--${variant.flag}`, variant.about, false);
  await command
    .option("--embedded", "in this process, with no broker (the default)", true)
    .option("--couriers <number>", "how many couriers move", "3")
    .option("--seconds <number>", "for how long they report", "3")
    .action((options: Options) => {
      const topology = variant !== undefined && options[variant.flag] === true ? variant.topology : example.topology;
      return run({ ...example, topology }, Number(options.couriers), Number(options.seconds));
    })
    .parseAsync();
}

async function run(example: CourierExample, couriers: number, seconds: number): Promise<void> {
  await using log = embedded();
  const topics = [positionTopic, ...example.outputs];
  await log.admin().createTopics(topics.map((name) => ({ name, partitions: 1 })));
  await using app = new StreamsApp(example.topology, {
    applicationId: example.name,
    client: log,
    commitIntervalMs: reportEveryMs,
  });
  await app.start();
  await using producer = new Producer(log);
  const consumer = log.restoreConsumer({ isolation: "read_committed" });
  consumer.assign(new Map(topics.map((topic) => [tp(topic, 0), 0])));
  const generator = new CourierGenerator(couriers);
  const endMs = Date.now() + seconds * 1000;
  while (Date.now() < endMs) {
    const courier = generator.next();
    const value = courierSerde.serialize(positionTopic, courier);
    await producer.send({ topic: positionTopic, key: courier.id, value });
    await app.caughtUp();
    await print(consumer, example);
    await delay(reportEveryMs);
  }
  await consumer.close();
}

/** Prints what came since the last time: the input line first, outputs indented below it. */
async function print(consumer: ManualConsumer, example: CourierExample): Promise<void> {
  const fetched = [...(await consumer.poll(0))].sort((a, b) => topicRank(a.tp.topic) - topicRank(b.tp.topic));
  for (const { tp: partition, records } of fetched) {
    const isInput = partition.topic === positionTopic;
    const show = isInput ? utf8 : (example.showValue ?? utf8);
    while (records.next()) {
      const { key, value } = records.record();
      const row = `${key === null ? "null" : utf8(key)}  ${value === null ? "(deleted)" : show(value)}`;
      console.log(isInput ? `${partition.topic}  ${row}` : `    -> ${partition.topic}  ${row}`);
    }
  }
}

function topicRank(topic: string): number {
  return topic === positionTopic ? 0 : 1;
}

export function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

/** Shows a serialised long. */
export function long(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readBigInt64BE().toString();
}
