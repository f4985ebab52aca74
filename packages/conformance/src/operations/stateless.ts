import { flatPairs, flatValues } from "../functions/flat-maps.js";
import { mapper } from "../functions/mappers.js";
import { pairMapper } from "../functions/pair-mappers.js";
import { predicate } from "../functions/predicates.js";
import { topicExtractor } from "../functions/topic-extractors.js";
import { functionIn, has, numberIn, textIn } from "../values/fields.js";
import { materialized, named, namedSerdes } from "./options.js";
import { asStream, asTable, type Apply, type OperationTable } from "./scene.js";

const filter =
  (negate: boolean): Apply =>
  (operation, scene) => {
    const test = predicate(functionIn(operation, "fn"));
    const result = scene.result(operation);
    if (result.kind === "table") {
      const options = materialized(operation, scene.storeDefaults);
      return asTable(negate ? result.table.filterNot(test, options) : result.table.filter(test, options));
    }
    const stream = scene.stream(operation);
    return asStream(negate ? stream.filterNot(test, named(operation)) : stream.filter(test, named(operation)));
  };

const mapValues: Apply = (operation, scene) => {
  const map = mapper(functionIn(operation, "fn"));
  const mapValue = (value: unknown, key: unknown): unknown => map(key, value);
  const result = scene.result(operation);
  if (result.kind === "table")
    return asTable(result.table.mapValues(mapValue, materialized(operation, scene.storeDefaults)));
  return asStream(scene.stream(operation).mapValues(mapValue, named(operation)));
};

/** What streams can do record by record; `filter` and `mapValues` of tables as well. */
export const stateless: OperationTable = {
  filter: filter(false),
  filterNot: filter(true),
  mapValues,

  map: (operation, scene) =>
    asStream(scene.stream(operation).map(pairMapper(functionIn(operation, "fn")), named(operation))),

  flatMap: (operation, scene) =>
    asStream(scene.stream(operation).flatMap(flatPairs(functionIn(operation, "fn")), named(operation))),

  flatMapValues: (operation, scene) =>
    asStream(scene.stream(operation).flatMapValues(flatValues(functionIn(operation, "fn")), named(operation))),

  selectKey: (operation, scene) =>
    asStream(scene.stream(operation).selectKey(mapper(functionIn(operation, "fn")), named(operation))),

  peek: (operation, scene) => asStream(scene.stream(operation).peek(() => {}, named(operation))),

  foreach(operation, scene) {
    scene.stream(operation).forEach(() => {}, named(operation));
    return null;
  },

  merge: (operation, scene) =>
    asStream(scene.stream(operation).merge(scene.stream(operation, "with"), named(operation))),

  repartition(operation, scene) {
    const partitions = has(operation, "partitions") ? { partitions: numberIn(operation, "partitions") } : {};
    return asStream(scene.stream(operation).repartition({ ...namedSerdes(operation), ...partitions }));
  },

  toTable: (operation, scene) => asTable(scene.stream(operation).toTable(materialized(operation, scene.storeDefaults))),

  to(operation, scene) {
    scene.serdes.addOutput(operation);
    const topic = has(operation, "topicExtractor")
      ? topicExtractor(functionIn(operation, "topicExtractor"))
      : textIn(operation, "topic");
    scene.stream(operation).to(topic, namedSerdes(operation));
    return null;
  },
};
