import {
  serdes,
  type KeyValueStore,
  type ReadOnlySessionStore,
  type ReadOnlyWindowStore,
  type StateStore,
  type VersionedKeyValueStore,
} from "@millrace/streams-core";
import type { TopologyTestDriver } from "@millrace/streams-core/testing";
import type { Json, QueryStep } from "../scenario.js";
import { textIn } from "../values/fields.js";
import { MalformedScenarioError } from "../values/malformed-scenario-error.js";
import { listed, shown } from "./shown-rows.js";
import { end, SESSION_QUERIES, VERSIONED_QUERIES, WINDOW_QUERIES } from "./window-queries.js";

type Query = (store: KeyValueStore<unknown, unknown>, step: QueryStep) => Json;

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
  const answer = store === null ? undefined : ask(store, step);
  if (answer === undefined) throw new MalformedScenarioError(`cannot ask ${JSON.stringify(step)}`);
  return answer;
}

function ask(store: StateStore, step: QueryStep): Json | undefined {
  const { type } = step;
  if ("history" in store) return VERSIONED_QUERIES[type]?.(store as VersionedKeyValueStore<unknown, unknown>, step);
  if ("findSessions" in store)
    return SESSION_QUERIES[type]?.(store as unknown as ReadOnlySessionStore<unknown, unknown>, step);
  if ("fetchAll" in store)
    return WINDOW_QUERIES[type]?.(store as unknown as ReadOnlyWindowStore<unknown, unknown>, step);
  return QUERIES[type]?.(store as KeyValueStore<unknown, unknown>, step);
}
