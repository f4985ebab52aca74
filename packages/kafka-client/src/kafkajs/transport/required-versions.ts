import { FatalClientError } from "../../port/errors.js";
import type { KafkajsVersions } from "./kafkajs-parts.js";

interface RequestVersion {
  readonly name: string;
  readonly apiKey: number;
  readonly apiVersion: number;
}

/** What no client of ours can do without. Brokers 2.8 to 4.x have them all. */
const required: readonly RequestVersion[] = [
  { name: "Produce", apiKey: 0, apiVersion: 8 },
  { name: "Fetch", apiKey: 1, apiVersion: 11 },
  { name: "ListOffsets", apiKey: 2, apiVersion: 5 },
  { name: "Metadata", apiKey: 3, apiVersion: 10 },
  { name: "OffsetCommit", apiKey: 8, apiVersion: 7 },
  { name: "OffsetFetch", apiKey: 9, apiVersion: 7 },
  { name: "FindCoordinator", apiKey: 10, apiVersion: 3 },
  { name: "JoinGroup", apiKey: 11, apiVersion: 5 },
  { name: "Heartbeat", apiKey: 12, apiVersion: 3 },
  { name: "LeaveGroup", apiKey: 13, apiVersion: 3 },
  { name: "SyncGroup", apiKey: 14, apiVersion: 3 },
];

/** Throws FatalClientError when the broker does not speak a version we always need: told at the start rather than in the middle. */
export function requireVersions(versions: KafkajsVersions, broker: string): void {
  for (const request of required) requireVersion(versions, request, broker);
}

/** A broker does not speak a version that we use. */
export class RequestVersionError extends FatalClientError {}

/** Throws RequestVersionError when the broker does not speak the version of `request`. */
export function requireVersion(versions: KafkajsVersions, request: RequestVersion, broker: string): void {
  const { name, apiKey, apiVersion } = request;
  const offered = versions[apiKey];
  if (offered !== undefined && offered.minVersion <= apiVersion && apiVersion <= offered.maxVersion) return;
  const range = offered === undefined ? "not at all" : `in versions ${offered.minVersion} to ${offered.maxVersion}`;
  throw new RequestVersionError(
    `The ${broker} speaks ${name} ${range}, and this client needs version ${apiVersion}. ` +
      `Use Apache Kafka 2.8 to 4.x, or a newer Millrace.`,
  );
}
