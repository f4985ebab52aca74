import type { Codec, KafkaClient } from "@millrace/kafka-client";
import type { ClientSettings } from "../runtime/client-settings.js";
import { AppOptionsError } from "./app-errors.js";

/**
 * How the app's consumers and producers behave: what Kafka Streams takes with the prefixes `consumer.` and `producer.`.
 * Each worker has one member of the group and one producer.
 */
export interface ClientOptions {
  /** A member the group has heard nothing of for so long is out, and its tasks go to others, in ms. Default 45,000. */
  readonly sessionTimeoutMs?: number;
  /** Time between signs of life to the group, in ms: less than the session; a third of it at most is advised. Default 3,000. */
  readonly heartbeatIntervalMs?: number;
  /** A member that has not polled for so long leaves the group, and others wait so long for it in a rebalance, in ms. Default 300,000. */
  readonly maxPollIntervalMs?: number;
  /** Records handed out at once, all partitions together. Default: as many as were fetched. */
  readonly maxPollRecords?: number;
  /** Bytes fetched of a partition at once, of source topics as well as of changelogs and global topics. Default 1 MiB. */
  readonly fetchMaxBytesPerPartition?: number;
  /** Of everything the app writes, changelogs and repartition topics included. Default "none". */
  readonly compression?: Codec;
  /** How long a batch waits for more records, in ms. 0, the default: until the turn of the event loop is over. */
  readonly lingerMs?: number;
  /** Bytes of a batch, before compression. Default 512 KiB. */
  readonly batchBytes?: number;
}

const SESSION_TIMEOUT_MS = 45_000;
const HEARTBEAT_INTERVAL_MS = 3_000;

/** Checks them and sorts them. Throws AppOptionsError. */
export function resolveClientOptions(options: ClientOptions, client: KafkaClient): ClientSettings {
  const { sessionTimeoutMs, heartbeatIntervalMs, maxPollIntervalMs } = options;
  const { maxPollRecords, fetchMaxBytesPerPartition, compression, lingerMs, batchBytes } = options;
  requireWhole({ sessionTimeoutMs, heartbeatIntervalMs, maxPollIntervalMs, maxPollRecords }, 1);
  requireWhole({ fetchMaxBytesPerPartition, batchBytes }, 1);
  requireWhole({ lingerMs }, 0);
  requireHeartbeats(sessionTimeoutMs ?? SESSION_TIMEOUT_MS, heartbeatIntervalMs ?? HEARTBEAT_INTERVAL_MS);
  if (compression !== undefined && !client.capabilities.compression.has(compression)) {
    throw new AppOptionsError(
      `compression is "${String(compression)}". Use ${[...client.capabilities.compression].join(", ")}.`,
    );
  }
  return {
    consumer: given({
      ...{ sessionTimeoutMs, heartbeatIntervalMs, maxPollIntervalMs, maxPollRecords },
      fetchMaxBytesPerPartition,
    }),
    fetching: given({ fetchMaxBytesPerPartition }),
    producer: given({ compression, lingerMs, batchBytes }),
  };
}

function requireWhole(values: Readonly<Record<string, number | undefined>>, least: number): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || (Number.isInteger(value) && value >= least)) continue;
    throw new AppOptionsError(`${name} is ${String(value)}. Give a whole number from ${least} on.`);
  }
}

function requireHeartbeats(sessionTimeoutMs: number, heartbeatIntervalMs: number): void {
  if (heartbeatIntervalMs < sessionTimeoutMs) return;
  throw new AppOptionsError(
    `heartbeatIntervalMs is ${heartbeatIntervalMs}, sessionTimeoutMs ${sessionTimeoutMs}: the group would take a healthy ` +
      `member for dead. Send heartbeats at least three times a session.`,
  );
}

type Given<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

function given<T extends object>(values: T): Given<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>;
}
