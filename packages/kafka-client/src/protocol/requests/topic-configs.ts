import type { NamedOutcome } from "./named-outcome.js";
import { ResponseReader } from "./reader.js";
import type { Request } from "./request.js";
import { RequestWriter } from "./writer.js";

export interface TopicConfigs extends NamedOutcome {
  /** Defaults included; what the broker keeps secret is left out. */
  readonly config: Readonly<Record<string, string>>;
}

const TOPIC = 2;
const ALL_KEYS = -1;
const SET = 0;

/** DescribeConfigs v2, of topics. */
export function describeTopicConfigsRequest(names: readonly string[]): Request<readonly TopicConfigs[]> {
  return {
    ...{ name: "DescribeConfigs", apiKey: 32, apiVersion: 2, flexible: false },
    encode: () => {
      const writer = new RequestWriter();
      return writer
        .array(names, (name) => writer.int8(TOPIC).string(name).int32(ALL_KEYS))
        .boolean(false)
        .bytes();
    },
    decode: (body) => {
      const reader = new ResponseReader(body);
      reader.int32();
      return reader.array(() => ({ ...readOutcome(reader), config: readConfig(reader) }));
    },
  };
}

/** IncrementalAlterConfigs v0: sets the given keys of one topic, and leaves the others alone (KIP-339). */
export function alterTopicConfigsRequest(
  topic: string,
  config: Readonly<Record<string, string>>,
): Request<readonly NamedOutcome[]> {
  return {
    ...{ name: "IncrementalAlterConfigs", apiKey: 44, apiVersion: 0, flexible: false },
    encode: () => {
      const writer = new RequestWriter();
      writer.array([topic], () => {
        writer.int8(TOPIC).string(topic);
        writer.array(Object.entries(config), ([key, value]) => writer.string(key).int8(SET).nullableString(value));
      });
      return writer.boolean(false).bytes();
    },
    decode: (body) => {
      const reader = new ResponseReader(body);
      reader.int32();
      return reader.array(() => readOutcome(reader));
    },
  };
}

function readOutcome(reader: ResponseReader): NamedOutcome {
  const errorCode = reader.int16();
  const message = reader.nullableString();
  reader.int8();
  return { errorCode, message, name: reader.string() };
}

function readConfig(reader: ResponseReader): Record<string, string> {
  const config: Record<string, string> = {};
  reader.array(() => {
    const key = reader.string();
    const value = reader.nullableString();
    reader.boolean();
    reader.int8();
    reader.boolean();
    reader.array(() => {
      reader.string();
      reader.nullableString();
      reader.int8();
    });
    if (value !== null) config[key] = value;
  });
  return config;
}
