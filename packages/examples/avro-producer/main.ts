import type { SchemaText } from "@millrace/schema-registry";
import { SingleBar } from "cli-progress";
import { Command } from "commander";
import { avroPositionTopic, courierSchema } from "../avro-courier.js";
import { brokersOption, connectTo, createMissingTopics, embeddedOption } from "../cluster.js";
import { positiveInteger, runProgram } from "../program.js";
import { connectToRegistry, registryOption } from "../registry.js";
import { produce } from "./produce.js";

interface Options {
  readonly brokers?: readonly string[];
  readonly registry?: string;
  readonly couriers: number;
  readonly messages: number;
}

async function run(options: Options): Promise<void> {
  await using client = connectTo(options.brokers);
  await using registry = await connectToRegistry(options);
  await createMissingTopics(client, [{ name: avroPositionTopic, partitions: 4 }]);
  const bar = new SingleBar({ format: "{bar} {value}/{total}", hideCursor: true, noTTYOutput: true });
  bar.start(options.messages, 0);
  const startMs = performance.now();
  const outcome = await produce(client, registry, options, () => bar.increment()).finally(() => bar.stop());
  const seconds = (performance.now() - startMs) / 1000;
  console.log(`${outcome.acknowledged} acknowledged, ${outcome.failed} lost, in ${seconds.toFixed(2)} s.`);

  const courier: SchemaText = { type: "AVRO", text: JSON.stringify(courierSchema), references: [] };
  const { subject, version, id } = await registry.lookUp(`${avroPositionTopic}-value`, courier);
  console.log(`Their schema is version ${version} of ${subject} in the registry; each report carries its id, ${id}:`);
  console.log(courier.text);
}

const program = new Command("avro-producer")
  .description("Couriers report their positions in Avro.")
  .addOption(brokersOption())
  .addOption(registryOption())
  .addOption(embeddedOption())
  .option("--couriers <number>", "how many couriers move", positiveInteger, 100)
  .option("--messages <number>", "how many reports they send, all together", positiveInteger, 10_000)
  .action(run);

await runProgram(program);
