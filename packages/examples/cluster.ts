import { InvalidArgumentError, Option } from "commander";
import {
  embedded,
  kafka,
  tp,
  type EmbeddedCluster,
  type KafkajsClient,
  type KafkaClient,
  type TopicPartition,
  type TopicSpec,
} from "millrace";

/** `--embedded`: what a program does anyway without `--brokers`. */
export function embeddedOption(): Option {
  return new Option("--embedded", "in this process, with no broker (the default)");
}

/** `--brokers host:port[,…]`; its value is the list, or undefined when it is not given. */
export function brokersOption(): Option {
  return new Option("--brokers <list>", "on a Kafka cluster: host:port, several separated by commas").argParser(parsed);
}

function parsed(list: string): readonly string[] {
  const addresses = list.split(",").map((address) => address.trim());
  const wrong = addresses.find((address) => !/^.+:\d+$/.test(address));
  if (wrong === undefined) return addresses;
  throw new InvalidArgumentError(`"${wrong}" is no host:port, such as localhost:9092.`);
}

/** A client of the cluster at `brokers`; without them of one in this process, in memory. */
export function connectTo(brokers: readonly string[] | undefined): EmbeddedCluster | KafkajsClient {
  return brokers === undefined ? embedded() : kafka({ brokers });
}

/** Creates those of the topics that are not there; the others are taken as they are. Gives the partitions of all. */
export async function createMissingTopics(
  client: KafkaClient,
  specs: readonly TopicSpec[],
): Promise<readonly TopicPartition[]> {
  const names = specs.map(({ name }) => name);
  const admin = client.admin();
  const before = await admin.describeTopics(names);
  const missing = specs.filter(({ name }) => before.get(name) == null);
  if (missing.length > 0) await admin.createTopics(missing);
  return specs.flatMap(({ name, partitions }) =>
    Array.from({ length: before.get(name)?.partitions ?? partitions }, (_, partition) => tp(name, partition)),
  );
}
