import type { ProcessorSupplier, StreamPartitioner } from "../model/index.js";
import {
  answerSubscribers,
  answerSubscription,
  codedKeySerde,
  codedSubscriptionSerde,
  keepSubscriptions,
  resolveResponses,
  responseSerde,
  sendSubscriptions,
  subscriptionSerde,
  type ForeignKeyJoiner,
  type ForeignKeyOf,
  type SubscriptionResponse,
} from "../processors/foreign-key/index.js";
import { tableSource } from "../processors/index.js";
import { serdes } from "../serde/index.js";
import { sourceNamesAbove } from "./copartition.js";
import type { ForeignKeyJoin } from "./plan-node.js";
import { viewOf } from "./table-views.js";
import { isVersioned } from "./versioned-tables.js";
import type { WritingContext } from "./write-joins.js";

/** Internal topics keep the timestamps they were written with, whatever extractor the app has. */
const writtenTimestamp = (record: { readonly timestamp: number }): number => record.timestamp;

/** Writes a foreign-key join: the left side's subscriptions, the right side's answers, and what becomes of them (J11). */
export function writeForeignKeyJoin(node: ForeignKeyJoin, context: WritingContext): void {
  writeSubscriptions(node, context);
  writeAnswers(node, context);
  writeResult(node, context);
}

/** From the left table to the subscription topic and on to the right side, where they are kept. */
function writeSubscriptions(node: ForeignKeyJoin, { topology, graph, serdes: known }: WritingContext): void {
  const { names, left, right } = node;
  const topic = names.subscriptionTopic;
  const what = `join() by foreign key, topic ${topic}`;
  const key = known.key(node.leftKey, node.name, what);
  const foreignKey = known.key(node.rightKey, node.name, what);
  const send = sendSubscriptions({
    on: node.on as ForeignKeyOf<unknown, unknown, unknown>,
    foreignKey,
    key,
    value: known.value(node.leftValue, node.name, what),
    topic,
    left: node.keepsUnmatched,
    versioned: isVersioned(left),
  });
  const coded = { key: serdes.bytes, value: subscriptionSerde };
  topology.addInternalTopic({ name: topic, partitions: null });
  topology.addProcessor({ name: names.send, processor: send as ProcessorSupplier, parents: [left.name] });
  const partitioner = subscriptionPartitioner(node, foreignKey);
  topology.addSink({ name: names.subscriptionSink, topic, ...coded, parents: [names.send], partitioner });
  const source = names.subscriptionSource;
  topology.addSource({
    ...{ name: source, topics: topic, timestampExtractor: writtenTimestamp },
    key: codedKeySerde(foreignKey),
    value: node.partitioner === null ? subscriptionSerde : codedSubscriptionSerde(key),
  });
  topology.copartitionSources([...sourceNamesAbove(graph, right), source]);
  const keep = keepSubscriptions(names.store);
  topology.addProcessor({ name: names.keep, processor: keep as ProcessorSupplier, parents: [source] });
  topology.addStateStore(
    Object.freeze({
      name: names.store,
      kind: "timestamped-key-value",
      key: serdes.bytes,
      value: subscriptionSerde,
      caching: false,
      logging: true,
      changelogConfig: {},
      engine: "default",
      logHeaders: true,
    }),
    [names.keep],
  );
}

/** What the right table says to new subscriptions, and its updates to all, through the response topic. */
function writeAnswers(node: ForeignKeyJoin, { topology, serdes: known }: WritingContext): void {
  const { names, right } = node;
  const topic = names.responseTopic;
  const what = `join() by foreign key, topic ${topic}`;
  const foreignKey = known.key(node.rightKey, node.name, what);
  const key = known.key(node.leftKey, node.name, what);
  const value = responseSerde(known.value(node.rightValue, node.name, what));
  const table = viewOf(right);
  const answerOne = answerSubscription({ table, foreignKey, topic: names.subscriptionTopic });
  topology.addProcessor({ name: names.answerOne, processor: answerOne as ProcessorSupplier, parents: [names.keep] });
  topology.connectProcessorAndStateStores(names.answerOne, table.stores);
  const answerAll = answerSubscribers({
    store: names.store,
    primaryKey: key,
    foreignKey,
    topic: names.subscriptionTopic,
    versioned: isVersioned(right),
  });
  topology.addProcessor({ name: names.answerAll, processor: answerAll as ProcessorSupplier, parents: [right.name] });
  topology.connectProcessorAndStateStores(names.answerAll, [names.store]);
  topology.addInternalTopic({ name: topic, partitions: null });
  topology.addSink<Uint8Array, SubscriptionResponse<unknown>>({
    name: names.responseSink,
    topic,
    key: serdes.bytes,
    value,
    parents: [names.answerOne, names.answerAll],
    partitioner: responsePartitioner(node, (bytes) => key.deserialize(topic, bytes)),
  });
  topology.addSource({ name: names.responseSource, topics: topic, key, value, timestampExtractor: writtenTimestamp });
}

/** From the response topic to the rows of the result. */
function writeResult(
  node: ForeignKeyJoin,
  { topology, graph, needs, storeBuilder, serdes: known }: WritingContext,
): void {
  const { names, left, name, store } = node;
  const table = viewOf(left);
  topology.copartitionSources([...sourceNamesAbove(graph, left), names.responseSource]);
  const resolve = resolveResponses({
    table,
    value: known.value(node.leftValue, name, `join() by foreign key, topic ${names.responseTopic}`),
    topic: names.subscriptionTopic,
    joiner: node.joiner as ForeignKeyJoiner<unknown, unknown, unknown, unknown>,
    left: node.keepsUnmatched,
  });
  topology.addProcessor({
    name: names.resolve,
    processor: resolve as ProcessorSupplier,
    parents: [names.responseSource],
  });
  topology.connectProcessorAndStateStores(names.resolve, table.stores);
  const { materialized, sendOldValues } = needs.of(node);
  const result = tableSource({ store: materialized ? store.name : null, sendOldValues });
  topology.addProcessor({ name, processor: result as ProcessorSupplier, parents: [names.resolve] });
  if (materialized) topology.addStateStore(storeBuilder(store, name), [name]);
}

type ForeignKeySerde = ReturnType<WritingContext["serdes"]["key"]>;

/** The user's partitioner of foreign keys; none: murmur2 of the key's bytes, as for the right table's topic. */
function subscriptionPartitioner(
  { otherPartitioner }: ForeignKeyJoin,
  key: ForeignKeySerde,
): StreamPartitioner<Uint8Array, unknown> | undefined {
  if (otherPartitioner === null) return undefined;
  const choose = otherPartitioner as StreamPartitioner<unknown, null>;
  return (topic, bytes, _subscription, count) =>
    choose(topic, bytes === null ? null : key.deserialize(topic, bytes), null, count);
}

/** The user's partitioner of the left table's keys; none: where the subscription came from. */
function responsePartitioner(
  { partitioner }: ForeignKeyJoin,
  keyOf: (bytes: Uint8Array) => unknown,
): StreamPartitioner<Uint8Array, SubscriptionResponse<unknown>> {
  if (partitioner === null) return (_topic, _key, { primaryPartition }) => primaryPartition ?? undefined;
  const choose = partitioner as StreamPartitioner<unknown, null>;
  return (topic, bytes, _response, count) => choose(topic, keyOf(bytes), null, count);
}
