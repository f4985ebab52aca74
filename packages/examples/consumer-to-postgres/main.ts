import { setTimeout as delay } from "node:timers/promises";
import { Command, Option } from "commander";
import { Producer, readTopic, tp, type KafkaClient } from "millrace";
import { brokersOption, connectTo, createMissingTopics, embeddedOption } from "../cluster.js";
import { CourierGenerator } from "../courier-generator.js";
import { courierSerde, positionTopic } from "../courier.js";
import { positiveInteger, runProgram } from "../program.js";
import { openDatabase } from "./open-database.js";
import { PositionTable } from "./position-table.js";
import { groupId, runMember } from "./run-member.js";

interface Options {
  readonly brokers?: readonly string[];
  readonly postgres?: string;
  readonly members: number;
  readonly seconds: number;
  readonly member?: string;
}

async function run(options: Options, command: Command): Promise<void> {
  if (options.brokers !== undefined && options.postgres === undefined) {
    command.error(
      "On a cluster, name the database that all members write to: --postgres postgresql://USER@HOST:PORT/NAME",
    );
  }
  await using database = await openDatabase(options.postgres, command);
  console.log(`PostgreSQL: ${database.url.replace(/:[^:@/]*@/u, ":***@")}`);
  await using client = connectTo(options.brokers);
  await createMissingTopics(client, [{ name: positionTopic, partitions: 6 }]);
  await using table = await PositionTable.open(database.url, await client.clusterId());
  if (options.member === undefined) return await showGroup(client, table, options);
  const end = new AbortController();
  process.on("SIGINT", () => end.abort()).on("SIGTERM", () => end.abort());
  await runMember(client, table, options.member, end.signal);
}

/** Couriers report while members come, one after another, and go. */
async function showGroup(client: KafkaClient, table: PositionTable, { members, seconds }: Options): Promise<void> {
  const ends = Array.from({ length: members }, () => new AbortController());
  const running: Promise<void>[] = [];
  const stepMs = (seconds * 1000) / (2 * members);
  const reporting = report(client, seconds);
  for (const [index, { signal }] of ends.entries()) {
    running.push(runMember(client, table, `member-${index + 1}`, signal));
    await delay(stepMs);
  }
  for (const end of ends.slice(1)) {
    end.abort();
    await delay(stepMs);
  }
  await reporting;
  const records = await countOf(client);
  while ((await table.rows()).length < records && !(await isAllCommitted(client))) await delay(100);
  ends[0]?.abort();
  await Promise.all(running);
  console.log(`${records} records in the topic, ${(await table.rows()).length} rows in the table`);
}

async function report(client: KafkaClient, seconds: number): Promise<void> {
  await using producer = new Producer(client);
  const couriers = new CourierGenerator(20);
  for (const endMs = Date.now() + seconds * 1000; Date.now() < endMs; await delay(10)) {
    const courier = couriers.next();
    const value = courierSerde.serialize(positionTopic, courier);
    await producer.post({ topic: positionTopic, key: courier.id, value });
  }
  await producer.flush();
}

async function countOf(client: KafkaClient): Promise<number> {
  let count = 0;
  for await (const _ of readTopic(client, positionTopic)) count++;
  return count;
}

/** Whether the group is done with the topic: it then has nothing more to write, even into a table that is new. */
async function isAllCommitted(client: KafkaClient): Promise<boolean> {
  const admin = client.admin();
  const { partitions = 0 } = (await admin.describeTopics([positionTopic])).get(positionTopic) ?? {};
  const all = Array.from({ length: partitions }, (_, partition) => tp(positionTopic, partition));
  const ends = await admin.listOffsets(all, "latest", "read_committed");
  const starts = await admin.listOffsets(all, "earliest", "read_committed");
  const offsets = await admin.groupOffsets(groupId);
  return all.every((each) => (offsets.get(each)?.offset ?? starts.get(each)) === ends.get(each));
}

const program = new Command("consumer-to-postgres")
  .description("A consumer group writes positions to PostgreSQL, each once, while members come and go.")
  .addOption(brokersOption())
  .addOption(embeddedOption())
  .addOption(
    new Option("--postgres <url>", "the database; without it one that ends with this process").env("DATABASE_URL"),
  )
  .option("--members <number>", "how many members come and go", positiveInteger, 3)
  .option("--seconds <number>", "for how long couriers report", positiveInteger, 6)
  .option("--member <name>", "be one member, of this name, of what others report, until Ctrl-C")
  .action(run);

await runProgram(program);
