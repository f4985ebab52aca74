import type {
  ReadOnlySessionStore,
  ReadOnlyWindowStore,
  VersionedKeyValueStore,
  VersionedRecord,
  VersionRange,
} from "@millrace/streams-core";
import type { Json, QueryStep } from "../scenario.js";
import { has, numberIn, textIn } from "../values/fields.js";
import { toJson } from "../values/json-value.js";
import { listed, shown } from "./shown-rows.js";

type WindowQuery = (store: ReadOnlyWindowStore<unknown, unknown>, step: QueryStep) => Json;
type SessionQuery = (store: ReadOnlySessionStore<unknown, unknown>, step: QueryStep) => Json;
type VersionedQuery = (store: VersionedKeyValueStore<unknown, unknown>, step: QueryStep) => Json;

/** A field that may be absent: an open end. */
export const end = (step: QueryStep, field: string): unknown => (has(step, field) ? step[field] : null);
const orNull = (row: unknown): Json => (row === null ? null : shown(row));
const times = (step: QueryStep): [number, number] => [numberIn(step, "fromTime"), numberIn(step, "toTime")];

export const WINDOW_QUERIES: Readonly<Record<string, WindowQuery>> = {
  windowGet: (store, step) => orNull(store.get(step["key"], numberIn(step, "time"))),
  windowFetch: (store, step) => listed(store.fetch(step["key"], ...times(step))),
  windowBackwardFetch: (store, step) => listed(store.backwardFetch(step["key"], ...times(step))),
  windowFetchRange: (store, step) => listed(store.fetchRange(end(step, "from"), end(step, "to"), ...times(step))),
  windowFetchAll: (store, step) => listed(store.fetchAll(...times(step))),
  windowBackwardFetchAll: (store, step) => listed(store.backwardFetchAll(...times(step))),
  windowAll: (store) => listed(store.all()),
  windowBackwardAll: (store) => listed(store.backwardAll()),
};

export const SESSION_QUERIES: Readonly<Record<string, SessionQuery>> = {
  sessionFetch: (store, step) => listed(store.fetch(step["key"])),
  sessionBackwardFetch: (store, step) => listed(store.backwardFetch(step["key"])),
  sessionFetchRange: (store, step) => listed(store.fetchRange(end(step, "from"), end(step, "to"))),
  sessionFind: (store, step) =>
    listed(store.findSessions(step["key"], numberIn(step, "earliestEnd"), numberIn(step, "latestStart"))),
  sessionGet: (store, step) => orNull(store.get(step["key"], numberIn(step, "start"), numberIn(step, "end"))),
};

export const VERSIONED_QUERIES: Readonly<Record<string, VersionedQuery>> = {
  get: (store, step) => version(store.get(step["key"])),
  asOf: (store, step) => version(store.get(step["key"], numberIn(step, "timestamp"))),
  history: (store, step) => store.history(step["key"], range(step)).map(version),
};

function range(step: QueryStep): VersionRange {
  return {
    ...(has(step, "fromTime") ? { fromMs: numberIn(step, "fromTime") } : {}),
    ...(has(step, "toTime") ? { toMs: numberIn(step, "toTime") } : {}),
    ...(has(step, "order") ? { order: textIn(step, "order") === "ascending" ? "ascending" : "descending" } : {}),
  };
}

function version(record: VersionedRecord<unknown> | null): Json {
  if (record === null) return null;
  return { value: toJson(record.value), timestamp: record.timestamp, validTo: record.validToMs };
}
