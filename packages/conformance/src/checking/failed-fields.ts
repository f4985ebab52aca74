import type { Json, JsonObject, Outcome } from "../scenario.js";
import { isObject } from "../values/fields.js";
import { differences, type Difference } from "./difference.js";

/** A field of the expectation that was not met. */
export interface FailedField {
  readonly field: string;
  readonly differences: readonly Difference[];
}

/** Compares every expected field as the format says; empty when the outcome conforms. */
export function failedFields(expected: Outcome, actual: Outcome): readonly FailedField[] {
  const unordered = new Set(expected.unordered ?? []);
  const compared: readonly (readonly [string, Json | undefined, Json | undefined])[] = [
    ["error", comparableError(expected), comparableError(actual)],
    ["output", expected.output, actual.output],
    ["internal", sorted(expected.internal, unordered), sorted(actual.internal, unordered)],
    ["stores", expected.stores, listedOnly(expected.stores, actual.stores)],
    ["queries", expected.queries ?? [], actual.queries ?? []],
    ["describe", expected.describe, actual.describe],
    ["internalTopics", expected.internalTopics, actual.internalTopics],
    ["copartitionGroups", expected.copartitionGroups, actual.copartitionGroups],
    ["droppedRecords", expected.metrics?.["droppedRecords"], actual.metrics?.["droppedRecords"]],
  ];
  // A build that failed, or was expected to, has nothing else to compare.
  const fields = buildFailed(expected) || buildFailed(actual) ? compared.slice(0, 1) : compared;
  return fields
    .filter(([field, wanted]) => field === "error" || wanted !== undefined)
    .map(([field, wanted, got]) => ({ field, differences: differences(wanted, got) }))
    .filter((failed) => failed.differences.length > 0);
}

function buildFailed({ error }: Outcome): boolean {
  return error !== null && "build" in error;
}

/** Of a failed step its number counts, of a failed build whether it is one of the two classes worth a name. */
function comparableError({ error }: Outcome): Json {
  if (error === null) return null;
  if ("step" in error) return { step: error.step };
  const named = error.build === "TopologyException" || error.build === "StreamsException";
  return { build: named ? error.build : "an invalid argument" };
}

/** Records of the topics whose order is not defined, in one. */
function sorted(topics: JsonObject | undefined, unordered: ReadonlySet<string>): JsonObject | undefined {
  if (topics === undefined || unordered.size === 0) return topics;
  const inOrder = Object.entries(topics).map(([topic, records]) => {
    if (!unordered.has(topic) || !Array.isArray(records)) return [topic, records] as const;
    return [topic, records.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) as Json] as const;
  });
  return Object.fromEntries(inOrder);
}

function listedOnly(expected: JsonObject | undefined, actual: JsonObject | undefined): JsonObject | undefined {
  if (!isObject(expected) || !isObject(actual)) return actual;
  return Object.fromEntries(Object.entries(actual).filter(([store]) => store in expected));
}
