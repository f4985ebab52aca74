import { avroSerde, IncompatibleSchemaError, type RegistrySerde, type SchemaRegistry } from "@millrace/schema-registry";
import { Consumer, Producer, type Delivery, type KafkaClient } from "millrace";
import { avroPositionTopic as topic, courierSchema } from "../avro-courier.js";

const subject = `${topic}-value`;

/** Version 2: who does not say a first name has the default. */
const withFirstName = {
  ...courierSchema,
  fields: [...courierSchema.fields, { name: "first_name", type: "string", default: "undefined" }],
} as const;

/** Cannot become version 3: which vehicle would a courier of version 1 or 2 have? */
const withVehicle = {
  ...withFirstName,
  fields: [...withFirstName.fields, { name: "vehicle_id", type: "int" }],
} as const;

const position = { latitude: 45.464, longitude: 9.19 };

/** Two versions of a schema in one topic, and a third that the registry refuses; `tell` gets what happens, line by line. */
export async function evolve(
  client: KafkaClient,
  registry: SchemaRegistry,
  tell: (line: string) => void,
): Promise<void> {
  await using producer = new Producer(client);
  await using consumer = new Consumer(client, { groupId: "schema-evolution", topics: [topic] });
  const reports = readGenerically(consumer, registry);
  const send = async (value: Uint8Array): Promise<void> => {
    const delivery = await producer.send({ topic, key: "ada", value });
    tell(`  a consumer without a schema reads  ${await upTo(reports, delivery)}`);
  };

  tell("Version 1: a courier has an id and a position.");
  const version1 = avroSerde({ registry, schema: courierSchema });
  await version1.open({ topics: [topic] });
  // New programs must read what old ones wrote, and old programs what new ones write.
  await registry.setCompatibility("FULL", subject);
  const first = version1.serialize(topic, { id: "ada", position });
  await send(first);

  tell('Version 2 adds first_name, a string, with the default "undefined": accepted.');
  const version2 = avroSerde({ registry, schema: withFirstName });
  await version2.open({ topics: [topic] });
  const second = version2.serialize(topic, { id: "ada", position, first_name: "Ada" });
  await send(second);
  tell(`  a program of version 1 reads it as ${await readAs(version1, second)}`);
  tell(`  one of version 2 reads the first   ${await readAs(version2, first)}`);

  tell("Version 3 adds vehicle_id, an int, without a default:");
  const version3 = avroSerde({ registry, schema: withVehicle });
  try {
    await version3.open({ topics: [topic] });
  } catch (error) {
    if (!(error instanceof IncompatibleSchemaError)) throw error;
    tell(`  refused, ${error.code}: ${error.message}`);
  }
  tell(`The registry has versions ${(await registry.versions(subject)).join(" and ")} of ${subject}.`);
}

interface Report {
  readonly partition: number;
  readonly offset: number;
  readonly courier: unknown;
}

/** Knows no schema: it asks the registry for those that records name, and reads each record as it was written. */
async function* readGenerically(consumer: Consumer, registry: SchemaRegistry): AsyncGenerator<Report, void, undefined> {
  const courier = avroSerde({ registry });
  for await (const batch of consumer.batches()) {
    await courier.prepareFor(batch.map(({ value }) => value));
    for (const { partition, offset, value } of batch) {
      if (value !== null) yield { partition, offset, courier: courier.deserialize(topic, value) };
    }
  }
}

/** Reads on to the report that was delivered there. */
async function upTo(reports: AsyncGenerator<Report, void, undefined>, delivery: Delivery): Promise<string> {
  for (;;) {
    const { value: report } = await reports.next();
    if (!report) throw new Error("The consumer was closed before it read the report.");
    if (report.partition === delivery.partition && report.offset === delivery.offset)
      return JSON.stringify(report.courier);
  }
}

async function readAs<T>(serde: RegistrySerde<T>, bytes: Uint8Array): Promise<string> {
  await serde.prepareFor([bytes]);
  return JSON.stringify(serde.deserialize(topic, bytes));
}
