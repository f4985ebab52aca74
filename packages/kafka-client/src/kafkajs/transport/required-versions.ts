import { FatalClientError } from "../../port/errors.js";
import type { KafkajsVersions } from "./kafkajs-parts.js";

/** Every request of ours: name, API key and the one version we speak. Brokers 2.8 to 4.x have them all. */
const required: readonly (readonly [name: string, apiKey: number, apiVersion: number])[] = [
  ["Produce", 0, 8],
  ["Fetch", 1, 11],
  ["ListOffsets", 2, 5],
  ["Metadata", 3, 10],
  ["OffsetCommit", 8, 7],
  ["OffsetFetch", 9, 7],
  ["FindCoordinator", 10, 3],
  ["JoinGroup", 11, 5],
  ["Heartbeat", 12, 3],
  ["LeaveGroup", 13, 3],
  ["SyncGroup", 14, 3],
  ["InitProducerId", 22, 4],
  ["AddPartitionsToTxn", 24, 2],
  ["AddOffsetsToTxn", 25, 2],
  ["EndTxn", 26, 2],
  ["TxnOffsetCommit", 28, 3],
];

/** Throws FatalClientError when the broker does not speak a version we need: told at the start rather than in the middle. */
export function requireVersions(versions: KafkajsVersions, broker: string): void {
  for (const [name, apiKey, apiVersion] of required) {
    const offered = versions[apiKey];
    if (offered !== undefined && offered.minVersion <= apiVersion && apiVersion <= offered.maxVersion) continue;
    const range = offered === undefined ? "not at all" : `in versions ${offered.minVersion} to ${offered.maxVersion}`;
    throw new FatalClientError(
      `The broker at ${broker} speaks ${name} ${range}, and this client needs version ${apiVersion}. ` +
        `Use Apache Kafka 2.8 to 4.x, or a newer Millrace.`,
    );
  }
}
