import type { Headers } from "@millrace/streams-core";
import type { TopologyTestDriver } from "@millrace/streams-core/testing";
import type { TopicSerdes } from "../operations/topic-serdes.js";
import type { Json, PipeStep, SerdeName } from "../scenario.js";
import { fromHex } from "../values/hex.js";
import { fromJson } from "../values/json-value.js";
import { MalformedScenarioError } from "../values/malformed-scenario-error.js";
import { serdeNamed } from "../values/serde-named.js";

const utf8 = new TextEncoder();

/** Pipes one record, serialised as the operation that reads the topic says, or given as bytes. */
export function pipe(step: PipeStep, driver: TopologyTestDriver, serdes: TopicSerdes): void {
  const { topic, timestamp } = step;
  const pair = serdes.ofInput(topic);
  if (pair === null) throw new MalformedScenarioError(`no operation reads topic ${topic}`);
  const key = step.keyHex === undefined ? bytesOf(topic, step.key, pair.key) : fromHex(step.keyHex);
  const value = step.valueHex === undefined ? bytesOf(topic, step.value, pair.value) : fromHex(step.valueHex);
  driver.pipeRaw(topic, key, value, { timestamp, headers: headersOf(step) });
}

function bytesOf(topic: string, json: Json | undefined, serde: SerdeName): Uint8Array | null {
  const value = fromJson(json, serde);
  return value === null ? null : serdeNamed(serde).serialize(topic, value);
}

function headersOf({ headers = [] }: PipeStep): Headers {
  return headers.map(([key, text]) => ({ key, value: text === null ? null : utf8.encode(text) }));
}
