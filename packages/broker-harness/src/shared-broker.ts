import { startDockerBroker } from "./docker-broker.js";
import { brokerJava, KAFKA_VERSION, startBroker } from "./start-broker.js";
import { BrokerUnavailableError } from "./unavailable.js";

const SHARED_HEAP_MB = 512;

/** The variable that says where the broker of the test run listens, `host:port,host:port`; users may set it. */
export const BOOTSTRAP_VARIABLE = "KAFKA_BOOTSTRAP_SERVERS";
/** Set by the run for its test files: whether `startBroker` can work here. */
export const OWN_BROKERS_VARIABLE = "MILLRACE_OWN_BROKERS";

/** A broker for a whole test run, or the reasons why there is none. */
export interface SharedBroker {
  /** Undefined: there is none. */
  readonly bootstrapServers: string | undefined;
  /** What the run says about it, in one line. */
  readonly note: string;
  /** Undefined: tests can start clusters of their own. */
  readonly noOwnBrokers: string | undefined;
  close(): Promise<void>;
}

/** The broker the environment names; else one through Docker; else one through Maven; else none, with the reasons. */
export async function provideBroker(): Promise<SharedBroker> {
  const noOwnBrokers = await whyUnavailable(brokerJava);
  const named = process.env[BOOTSTRAP_VARIABLE];
  if (named !== undefined && named !== "") return provided(named, `the one at ${named}`, noOwnBrokers, async () => {});
  try {
    const broker = await startDockerBroker(`apache/kafka:${KAFKA_VERSION}`);
    return provided(broker.address, "through Docker", noOwnBrokers, broker.close);
  } catch (dockerFailure) {
    if (noOwnBrokers !== undefined) {
      const reasons = `no ${BOOTSTRAP_VARIABLE}, ${firstLine(dockerFailure)}, ${noOwnBrokers}`;
      return { bootstrapServers: undefined, note: `skipped: ${reasons}`, noOwnBrokers, close: async () => {} };
    }
  }
  const cluster = await startBroker({ heapMb: SHARED_HEAP_MB });
  return provided(cluster.brokers.join(), "through Maven", undefined, () => cluster.close());
}

function provided(
  bootstrapServers: string,
  how: string,
  noOwnBrokers: string | undefined,
  close: () => Promise<void>,
): SharedBroker {
  const missing = noOwnBrokers === undefined ? "" : `; tests with brokers of their own are skipped: ${noOwnBrokers}`;
  return { bootstrapServers, note: `Apache Kafka, ${how}${missing}`, noOwnBrokers, close };
}

async function whyUnavailable(attempt: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await attempt();
    return undefined;
  } catch (error) {
    return error instanceof BrokerUnavailableError ? error.message : `no broker through Maven (${firstLine(error)})`;
  }
}

function firstLine(error: unknown): string {
  return error instanceof Error ? error.message.split("\n", 1)[0]! : String(error);
}
