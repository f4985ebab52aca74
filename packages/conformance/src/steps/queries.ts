import { serdes, type KeyValueStore } from "@millrace/streams-core";
import type { TopologyTestDriver } from "@millrace/streams-core/testing";
import type { Json, QueryStep } from "../scenario.js";
import { has, textIn } from "../values/fields.js";
import { MalformedScenarioError } from "../values/malformed-scenario-error.js";
import { listed, shown } from "./shown-rows.js";

type Query = (store: KeyValueStore<unknown, unknown>, step: QueryStep) => Json;

const end = (step: QueryStep, field: string): unknown => (has(step, field) ? step[field] : null);

const QUERIES: Readonly<Record<string, Query>> = {
  get(store, step) {
    const row = store.get(step["key"]);
    return row === null ? null : shown(row);
  },
  all: (store) => listed(store.all()),
  reverseAll: (store) => listed(store.reverseAll()),
  range: (store, step) => listed(store.range(end(step, "from"), end(step, "to"))),
  reverseRange: (store, step) => listed(store.reverseRange(end(step, "from"), end(step, "to"))),
  prefixScan: (store, step) => listed(store.prefixScan(textIn(step, "prefix"), serdes.string)),
};

/** The answer of a store. */
export function query(step: QueryStep, driver: TopologyTestDriver): Json {
  const store = driver.getStateStore(step.store);
  const ask = QUERIES[step.type];
  if (store === null || ask === undefined) throw new MalformedScenarioError(`cannot ask ${JSON.stringify(step)}`);
  return ask(store as KeyValueStore<unknown, unknown>, step);
}
