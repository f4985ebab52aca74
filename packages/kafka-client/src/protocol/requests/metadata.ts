import type { Request } from "./request.js";
import { ResponseReader } from "./reader.js";
import { RequestWriter } from "./writer.js";

export interface MetadataBroker {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

export interface MetadataPartition {
  readonly errorCode: number;
  readonly partition: number;
  /** -1: none at the moment. */
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly replicas: readonly number[];
  readonly inSync: readonly number[];
}

export interface MetadataTopic {
  readonly errorCode: number;
  readonly name: string;
  readonly topicId: string;
  readonly internal: boolean;
  readonly partitions: readonly MetadataPartition[];
}

export interface MetadataResponse {
  readonly brokers: readonly MetadataBroker[];
  readonly clusterId: string | null;
  readonly controllerId: number;
  readonly topics: readonly MetadataTopic[];
}

const NO_TOPIC_ID = Buffer.alloc(16);

/** Metadata v10: the brokers, and the named topics; all topics for null. Never creates one. */
export function metadataRequest(topics: readonly string[] | null): Request<MetadataResponse> {
  return {
    ...{ name: "Metadata", apiKey: 3, apiVersion: 10, flexible: true },
    encode: () => {
      const writer = new RequestWriter();
      if (topics === null) writer.uvarint(0);
      else writer.compactArray(topics, (topic) => writer.raw(NO_TOPIC_ID).compactNullableString(topic).tags());
      return writer.boolean(false).boolean(false).boolean(false).tags().bytes();
    },
    decode: decodeMetadata,
  };
}

function decodeMetadata(body: Buffer): MetadataResponse {
  const reader = new ResponseReader(body);
  reader.int32();
  const brokers = reader.compactArray(() => {
    const broker = {
      nodeId: reader.int32(),
      host: reader.compactString(),
      port: reader.int32(),
      rack: reader.compactNullableString(),
    };
    reader.tags();
    return broker;
  });
  const clusterId = reader.compactNullableString();
  const controllerId = reader.int32();
  const topics = reader.compactArray(() => readTopic(reader));
  return { brokers, clusterId, controllerId, topics };
}

function readTopic(reader: ResponseReader): MetadataTopic {
  const topic = {
    errorCode: reader.int16(),
    name: reader.compactString(),
    topicId: reader.uuid(),
    internal: reader.boolean(),
    partitions: reader.compactArray(() => readPartition(reader)),
  };
  reader.int32();
  reader.tags();
  return topic;
}

function readPartition(reader: ResponseReader): MetadataPartition {
  const partition = {
    errorCode: reader.int16(),
    partition: reader.int32(),
    leader: reader.int32(),
    leaderEpoch: reader.int32(),
    replicas: reader.compactArray(() => reader.int32()),
    inSync: reader.compactArray(() => reader.int32()),
  };
  reader.compactArray(() => reader.int32());
  reader.tags();
  return partition;
}
