import type {
  Headers,
  InternalTopic,
  KeyValue,
  KeyValueStore,
  SessionStore,
  StateStore,
  Topology,
} from "@millrace/streams-core";
import type { SentRecord, TopologyTestDriver } from "@millrace/streams-core/testing";
import type { TopicSerdes, SerdePair } from "../operations/topic-serdes.js";
import type { Json, JsonObject, SerdeName } from "../scenario.js";
import { toHexOrNull } from "../values/hex.js";
import { toJson } from "../values/json-value.js";
import { serdeNamed } from "../values/serde-named.js";
import { APPLICATION_ID } from "./driver.js";
import { listed } from "./shown-rows.js";

/** What the topology wrote so far: topics of the scenario decoded, internal ones as bytes. */
export function capturedTopics(
  driver: TopologyTestDriver,
  serdes: TopicSerdes,
): { readonly output: JsonObject; readonly internal: JsonObject } {
  const output: Record<string, Json> = {};
  const internal: Record<string, Json> = {};
  for (const topic of [...driver.producedTopicNames()].sort()) {
    const pair = serdes.ofOutput(topic);
    const records = driver.rawRecords(topic);
    if (pair === null) internal[topic] = records.map(rawRecord);
    else output[topic] = records.map((record) => decodedRecord(record, pair));
  }
  return { output, internal };
}

/** The entries of the stores that the scenario lists; what some others keep has no form in the vectors. */
export function storeDumps(driver: TopologyTestDriver, listedStores: JsonObject): JsonObject {
  const dumps: Record<string, Json> = {};
  for (const [name, store] of driver.allStateStores()) {
    const rows = name in listedStores ? allRows(store) : null;
    if (rows !== null) dumps[name] = listed(rows);
  }
  return dumps;
}

/** The topics that the topology wants for itself, in the format's form. */
export function wantedTopics(topology: Topology): Json {
  return topology.internalTopics(APPLICATION_ID).map(internalTopic);
}

function internalTopic({ name, kind, subtopology, partitions, config }: InternalTopic): JsonObject {
  return { name, kind, subtopology, partitions, config };
}

function rawRecord({ key, value, timestamp, headers }: SentRecord): JsonObject {
  const raw = { keyHex: toHexOrNull(key), valueHex: toHexOrNull(value), timestamp: timestamp < 0 ? null : timestamp };
  if (headers.length === 0) return raw;
  return { ...raw, headersHex: headers.map((header) => [header.key, toHexOrNull(header.value)]) };
}

function decodedRecord({ topic, key, value, timestamp, headers }: SentRecord, pair: SerdePair): JsonObject {
  return {
    key: decoded(topic, key, pair.key),
    value: decoded(topic, value, pair.value),
    timestamp,
    headers: headerTexts(headers),
  };
}

function decoded(topic: string, bytes: Uint8Array | null, serde: SerdeName): Json {
  return bytes === null ? null : toJson(serdeNamed(serde).deserialize(topic, bytes));
}

function headerTexts(headers: Headers): Json {
  return headers.map(({ key, value }) => [key, value === null ? null : Buffer.from(value).toString("utf8")]);
}

/** Of key-value and window stores, and of session stores; null for a store that cannot be listed. */
function allRows(store: StateStore): Iterable<KeyValue<unknown, unknown>> | null {
  if ("all" in store) return (store as KeyValueStore<unknown, unknown>).all();
  if ("findSessions" in store) return (store as SessionStore<unknown, unknown>).fetchRange(null, null);
  return null;
}
