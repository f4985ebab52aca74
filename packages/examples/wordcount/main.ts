import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Command, Option } from "commander";
import { embedded, kafka, StreamsApp, type KafkaClient } from "millrace";
import { brokersOption, createMissingTopics } from "../cluster.js";
import { runProgram } from "../program.js";
import { bookmarksTopic } from "./bookmarks.js";
import { Feeder } from "./feeder.js";
import { InputError, openInput, type Input } from "./input.js";
import { Screen } from "./screen.js";
import { countsTopic, linesTopic, topology } from "./topology.js";
import { WordTotals } from "./word-totals.js";

interface Options {
  readonly brokers?: readonly string[];
  readonly stateDir: string;
  readonly reset?: boolean;
  readonly json?: boolean;
  readonly changes?: boolean;
}

const redrawMs = 200;
const interruptedExitCode = 130;
// npm changes the working directory; paths on the command line are meant from where the user stands.
const workingDirectory = process.env["INIT_CWD"] ?? process.cwd();
const repository = fileURLToPath(new URL("../../..", import.meta.url));

/** Counts the words of `inputs` on top of what earlier runs counted; gives the totals. */
async function run(inputs: readonly Input[], options: Options): Promise<void> {
  const stateDir = resolve(workingDirectory, options.stateDir);
  if (options.reset === true) rmSync(stateDir, { recursive: true, force: true });
  const { brokers } = options;
  await using client = brokers === undefined ? embedded({ dir: join(stateDir, "log") }) : kafka({ brokers });
  await createTopics(client);
  // From here on there is something to leave in order; a cluster that does not answer is not waited for against one's will.
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  // Stays: a listener gone after the first signal would leave the second one to end the process half-way.
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  await using app = new StreamsApp(topology(), {
    applicationId: "wordcount",
    client,
    stateDir: join(stateDir, "state"),
    processingGuarantee: "exactly-once",
    commitIntervalMs: 100,
    // After a kill -9 the group gives the partition to the next process that soon.
    sessionTimeoutMs: 6_000,
  });
  const screen = new Screen(options.json === true ? process.stderr : process.stdout);
  const totals = new WordTotals(client, (word, count) => options.changes === true && screen.changed(word, count));
  await totals.start();
  let feeding = "";
  const feeder = new Feeder(client, ({ input, positionBytes }) => (feeding = status(input, positionBytes)));
  await feeder.start();
  await app.start();

  const counted = new AbortController();
  const watching = watch(totals, () => screen.draw(totals, feeding), counted.signal);
  for (const input of inputs) if (!stop.signal.aborted) await feeder.feed(input, stop.signal);
  await Promise.race([app.caughtUp(), once(stop.signal)]);
  const interrupted = stop.signal.aborted;
  counted.abort();
  await watching;
  await app.close();
  await totals.complete();
  screen.finish(totals, summary(totals, interrupted, options));
  if (options.json === true) console.log(JSON.stringify(Object.fromEntries(totals.sorted())));
  await totals.close();
  // Last of all: who is killed before has not seen the totals, and finds the input unfinished.
  if (interrupted) process.exitCode = interruptedExitCode;
  else await feeder.finish(inputs);
  await feeder.close();
}

/** Resolves when the signal is raised. */
async function once(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}

/** Draws what has been counted so far, again and again until `end`. */
async function watch(totals: WordTotals, draw: () => void, end: AbortSignal): Promise<void> {
  while (!end.aborted) {
    await totals.refresh();
    draw();
    await delay(redrawMs, undefined, { signal: end }).catch(() => undefined);
  }
}

async function createTopics(client: KafkaClient): Promise<void> {
  const compacted = { "cleanup.policy": "compact" };
  await createMissingTopics(client, [
    { name: linesTopic, partitions: 1 },
    { name: countsTopic, partitions: 1, config: compacted },
    { name: bookmarksTopic, partitions: 1, config: compacted },
  ]);
}

function status(input: Input, positionBytes: number): string {
  const read = positionBytes < 1e6 ? `${Math.ceil(positionBytes / 1e3)} kB` : `${(positionBytes / 1e6).toFixed(1)} MB`;
  const share = input.sizeBytes ? ` (${Math.round((100 * positionBytes) / input.sizeBytes)} %)` : "";
  return `${input.name === "-" ? "standard input" : input.name}: ${read}${share}`;
}

function summary(totals: WordTotals, interrupted: boolean, options: Options): string {
  let words = 0;
  for (const count of totals.counts.values()) words += count;
  const counted = `${words} words counted, ${totals.counts.size} different`;
  return interrupted
    ? `Interrupted: ${counted} so far. The same command goes on from here.`
    : `${counted}. State is in ${options.stateDir}: more input adds to it${options.brokers === undefined ? ", --reset starts anew" : ""}.`;
}

function opened(path: string, command: Command): Input {
  try {
    return openInput(path, workingDirectory);
  } catch (error) {
    if (error instanceof InputError) command.error(error.message);
    throw error;
  }
}

const program = new Command("wordcount")
  .description(
    "Counts words with a Millrace topology, on the embedded log or a Kafka cluster; goes on from earlier runs.",
  )
  .argument("[files...]", "texts to count; - is standard input (default: this repository's README.md and LICENSE)")
  .addOption(brokersOption())
  .option("--state-dir <dir>", "where log and state are kept", ".millrace")
  .addOption(new Option("--reset", "forget earlier runs first").conflicts("brokers"))
  .option("--changes", "print each update of a count too: what comes out of the topic")
  .option("--json", "print one JSON object, word to count, and nothing else on standard output")
  .action(async (files: readonly string[], options: Options, command: Command) => {
    const paths = files.length > 0 ? files : [join(repository, "README.md"), join(repository, "LICENSE")];
    await run(
      paths.map((path) => opened(path, command)),
      options,
    );
  });

await runProgram(program);
