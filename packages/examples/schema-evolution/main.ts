import { Command } from "commander";
import { avroPositionTopic } from "../avro-courier.js";
import { brokersOption, connectTo, createMissingTopics, embeddedOption } from "../cluster.js";
import { runProgram } from "../program.js";
import { connectToRegistry, registryOption } from "../registry.js";
import { evolve } from "./evolution.js";

interface Options {
  readonly brokers?: readonly string[];
  readonly registry?: string;
}

async function run(options: Options): Promise<void> {
  await using client = connectTo(options.brokers);
  await using registry = await connectToRegistry(options);
  await createMissingTopics(client, [{ name: avroPositionTopic, partitions: 1 }]);
  await evolve(client, registry, (line) => console.log(line));
}

const program = new Command("schema-evolution")
  .description("A schema gets a new version while its topic is read; one that nobody could read is refused.")
  .addOption(brokersOption())
  .addOption(registryOption())
  .addOption(embeddedOption())
  .action(run);

await runProgram(program);
