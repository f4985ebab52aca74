import { avroSerde, type SchemaRegistry } from "@millrace/schema-registry";
import type { Serde, Topology } from "millrace";
import { avroPositionTopic, courierSerde } from "./avro-courier.js";
import { runProgram } from "./program.js";
import { connectToRegistry, registryOption } from "./registry.js";
import type { ShownTopic } from "./row-reader.js";
import { courierCommand, runCouriers, type CourierApp, type CourierOptions } from "./run-couriers.js";

/** An example whose couriers report in Avro. */
export interface AvroExample extends Pick<CourierApp, "options"> {
  /** The application id, too. */
  readonly name: string;
  readonly about: string;
  topology(registry: SchemaRegistry): Topology;
  /** What is shown of what comes out. `avro` reads whatever was written in Avro. */
  outputs(avro: Serde<unknown>): readonly ShownTopic[];
  /** Another way to do the same, behind a flag of its own. */
  readonly variant?: Pick<AvroExample, "name" | "about" | "topology" | "outputs"> & { readonly flag: string };
}

interface Options extends CourierOptions {
  readonly registry?: string;
  readonly [flag: string]: unknown;
}

/** Runs an example by its command line: on the embedded log with a registry in memory, or on a cluster with a real one. */
export async function runAvroCouriers(example: AvroExample): Promise<void> {
  const { variant } = example;
  const command = courierCommand(example.name, example.about).addOption(registryOption());
  if (variant !== undefined) command.option(`--${variant.flag}`, variant.about, false);
  command.action(async (options: Options) => {
    const { name, topology, outputs } = variant !== undefined && options[variant.flag] === true ? variant : example;
    await using registry = await connectToRegistry(options);
    const app: CourierApp = {
      ...example,
      applicationId: name,
      topology: topology(registry),
      input: { topic: avroPositionTopic, value: courierSerde(registry) },
      outputs: outputs(avroSerde({ registry })),
    };
    await runCouriers(app, options);
  });
  await runProgram(command);
}
