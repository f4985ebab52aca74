// `npm run parts`: what the examples run against, for people without Docker. Ends with Ctrl-C, and its data with it.
import { setTimeout as delay } from "node:timers/promises";
import { freePortLike } from "../free-ports.js";
import { startBroker } from "../start-broker.js";
import { startPostgres } from "../start-postgres.js";
import { startRegistry } from "../start-registry.js";
import { BrokerUnavailableError, PostgresUnavailableError } from "../unavailable.js";

const BROKER_PORT = 9092;
const REGISTRY_PORT = 8081;
const POSTGRES_PORT = 5432;
const HEAP_MB = 512;

/** A part that runs. */
interface Part extends AsyncDisposable {
  readonly address: string;
}

interface Parts {
  readonly cluster: Part | undefined;
  readonly schemas: Part | undefined;
  readonly database: Part | undefined;
}

const stop = new AbortController();
process.on("SIGINT", () => stop.abort()).on("SIGTERM", () => stop.abort());

/** Starts a part and says so; what the machine lacks is one line, and the others start without it. */
async function started(name: string, start: () => Promise<Part>): Promise<Part | undefined> {
  if (stop.signal.aborted) return undefined;
  console.log(`${name}: starting …`);
  try {
    const part = await start();
    console.log(`${name}: ${part.address}`);
    return part;
  } catch (error) {
    if (!(error instanceof BrokerUnavailableError || error instanceof PostgresUnavailableError)) throw error;
    console.log(`${name}: left out, ${error.message}`);
    return undefined;
  }
}

async function broker(): Promise<Part> {
  const cluster = await startBroker({ port: await freePortLike(BROKER_PORT), heapMb: HEAP_MB });
  return { address: cluster.brokers.join(), [Symbol.asyncDispose]: () => cluster.close() };
}

async function registry(): Promise<Part> {
  const process = await startRegistry({ port: await freePortLike(REGISTRY_PORT) });
  return { address: process.url, [Symbol.asyncDispose]: () => process.close() };
}

async function postgres(): Promise<Part> {
  const database = await startPostgres({ port: await freePortLike(POSTGRES_PORT) });
  return { address: database.url, [Symbol.asyncDispose]: () => database.close() };
}

/** What to try with what runs. */
function commands({ cluster, schemas, database }: Parts): readonly string[] {
  if (cluster === undefined) return [];
  const on = `--brokers ${cluster.address}`;
  const names = ["producer", "transactions", "exactly-once-transfer", "riders"];
  const lines = [`npm start -- ${on}`, ...names.map((name) => `npm run example -- ${name} ${on}`)];
  if (schemas !== undefined) {
    const onAvro = ["avro-producer", "schema-evolution", "position-count", "courier-by-location"];
    lines.push(...onAvro.map((name) => `npm run example -- ${name} ${on} --registry ${schemas.address}`));
  }
  if (database !== undefined)
    lines.push(`npm run example -- consumer-to-postgres ${on} --postgres ${database.address}`);
  return lines;
}

console.log("The first time, Maven fetches broker and registry: some minutes.");
await using cluster = await started("Apache Kafka", broker);
await using schemas = await started("Schema registry (Apicurio)", registry);
await using database = await started("PostgreSQL", postgres);
if (cluster === undefined && schemas === undefined && database === undefined) process.exitCode = 1;
else if (!stop.signal.aborted) {
  const lines = commands({ cluster, schemas, database });
  if (lines.length > 0) console.log(`\nTry, in another terminal:\n${lines.map((line) => `  ${line}\n`).join("")}`);
  console.log("Ctrl-C ends all of them and removes their data.");
  // The timer keeps the process alive until the signal.
  while (!stop.signal.aborted) await delay(60_000, undefined, { signal: stop.signal }).catch(() => undefined);
}
