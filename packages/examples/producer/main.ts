import { SingleBar } from "cli-progress";
import Table from "cli-table3";
import { Command, Option } from "commander";
import { brokersOption, connectTo, createMissingTopics, embeddedOption } from "../cluster.js";
import { positionTopic } from "../courier.js";
import { positiveInteger, runProgram } from "../program.js";
import { modes, produce, type Mode, type Outcome, type Plan } from "./produce.js";

interface Options {
  readonly brokers?: readonly string[];
  readonly mode?: Mode;
  readonly threads: number;
  readonly messages: number;
  readonly timeout: number;
}

async function run({ brokers, mode, threads, messages, timeout }: Options): Promise<void> {
  await using client = connectTo(brokers);
  await createMissingTopics(client, [{ name: positionTopic, partitions: 4 }]);
  const outcomes: Outcome[] = [];
  for (const each of mode === undefined ? modes : [mode]) {
    const plan: Plan = { mode: each, threads, messages, deliveryTimeoutMs: timeout * 1000 };
    const format = `${each.padEnd(15)} {bar} {value}/{total}`;
    const bar = new SingleBar({ format, hideCursor: true, noTTYOutput: true });
    bar.start(threads * messages, 0);
    outcomes.push(await produce(client, plan, () => bar.increment()).finally(() => bar.stop()));
  }
  console.log(table(outcomes));
  for (const { mode, error } of outcomes) if (error !== null) console.log(`${mode} was told: ${error.message}`);
}

function table(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ mode, acknowledged, lost, notSent, told, elapsedMs }) => {
    const seconds = elapsedMs / 1000;
    const rate = Math.round((acknowledged + lost) / seconds);
    return [mode, acknowledged, lost, notSent, told, seconds.toFixed(2), rate];
  });
  const head = ["mode", "acknowledged", "lost", "not sent", "told of", "seconds", "records/s"];
  const colAligns = head.map((_, index) => (index === 0 ? "left" : "right"));
  const table = new Table({ head, colAligns, style: { head: [], border: [] } });
  table.push(...rows);
  return table.toString();
}

const program = new Command("producer")
  .description("Couriers report their positions, in three ways to send.")
  .addOption(brokersOption())
  .addOption(embeddedOption())
  .option("--threads <number>", "how many couriers report at the same time", positiveInteger, 100)
  .option("--messages <number>", "how often each of them reports", positiveInteger, 1000)
  .addOption(new Option("--mode <mode>", "how to send (default: all three, in turn)").choices(modes))
  .option("--timeout <seconds>", "give up a record that is not acknowledged after so long", positiveInteger, 120)
  .action(run);

await runProgram(program);
