import type { Json } from "../scenario.js";
import { isObject } from "../values/fields.js";

/** One place where two JSON values differ. Undefined: nothing there. */
export interface Difference {
  /** E.g. `out[3].timestamp`. */
  readonly path: string;
  readonly expected: Json | undefined;
  readonly actual: Json | undefined;
}

/** All places where they differ, in order; empty for equal values. The order of an object's fields does not matter. */
export function differences(expected: Json | undefined, actual: Json | undefined, path = ""): readonly Difference[] {
  if (expected === actual) return [];
  if (Array.isArray(expected) && Array.isArray(actual)) {
    const length = Math.max(expected.length, actual.length);
    return Array.from({ length }, (_, i) =>
      differences(expected[i] as Json | undefined, actual[i] as Json | undefined, `${path}[${i}]`),
    ).flat();
  }
  if (isObject(expected) && isObject(actual)) {
    const fields = new Set([...Object.keys(expected), ...Object.keys(actual)]);
    return [...fields].flatMap((field) =>
      differences(expected[field], actual[field], path === "" ? field : `${path}.${field}`),
    );
  }
  return [{ path, expected, actual }];
}
