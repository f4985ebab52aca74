import Table from "cli-table3";
import { Command } from "commander";
import type { KafkaClient } from "millrace";
import { brokersOption, connectTo, createMissingTopics, embeddedOption } from "../cluster.js";
import { positiveInteger, runProgram } from "../program.js";
import { sendInTransactions, StoppedError, topic, visible } from "./send-in-transactions.js";

interface Options {
  readonly brokers?: readonly string[];
  readonly records: number;
  readonly kill?: boolean;
}

async function run({ brokers, records, kill }: Options): Promise<void> {
  await using client = connectTo(brokers);
  await createMissingTopics(client, [{ name: topic, partitions: 1 }]);
  const table = new Table({ head: ["", "read_committed", "read_uncommitted"], style: { head: [], border: [] } });
  table.push(await row(client, "before"));
  try {
    await sendInTransactions(client, records, async () => {
      table.push(await row(client, "while the last transaction is open"));
      if (kill !== true) return;
      console.log(table.toString());
      process.kill(process.pid, "SIGKILL");
    });
  } catch (error) {
    if (!(error instanceof StoppedError)) throw error;
    console.log(error.message);
  }
  table.push(await row(client, "after the producer has ended"));
  console.log(table.toString());
}

async function row(client: KafkaClient, when: string): Promise<[string, number, number]> {
  return [when, await visible(client, "read_committed"), await visible(client, "read_uncommitted")];
}

const program = new Command("transactions")
  .description("Sends positions, ten in a transaction, and stops in the middle of one.")
  .addOption(brokersOption())
  .addOption(embeddedOption())
  .option("--records <number>", "stop after so many records", positiveInteger, 105)
  .option("--kill", "stop by kill -9, and leave the last transaction open")
  .action(run);

await runProgram(program);
