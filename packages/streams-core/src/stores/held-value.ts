import type { Serde } from "../model/index.js";
import { serdes } from "../serde/index.js";

/** Texts up to here are looked at; longer ones are written at once. */
const TEXT_CHARS_MAX = 64;

function isPlainText(value: unknown): boolean {
  if (typeof value !== "string" || value.length > TEXT_CHARS_MAX) return false;
  for (let index = 0; index < value.length; index++) if (value.charCodeAt(index) > 0x7f) return false;
  return true;
}

const checks = new Map<unknown, (value: unknown) => boolean>([
  [serdes.string, isPlainText],
  [serdes.long, Number.isSafeInteger],
  [serdes.int, (value) => typeof value === "number" && (value | 0) === value],
  [serdes.double, (value) => typeof value === "number"],
  [serdes.boolean, (value) => typeof value === "boolean"],
]);

const never = (): boolean => false;

/**
 * Tells which values a cache may hold as they are and write later: those this serde cannot refuse and gives back
 * unchanged. All others are written when they are put, so that a wrong one fails where it was made.
 */
export function holdable(serde: Serde<unknown>): (value: unknown) => boolean {
  return checks.get(serde) ?? never;
}
