import type { Windowed } from "@millrace/streams-core";
import type { NamedFunction } from "../scenario.js";
import { numberIn, textIn } from "../values/fields.js";
import { firstCodePoint, num, text } from "../values/text.js";
import { made, type FunctionTable } from "./function-table.js";

/** Of a record's key and value. */
export type Mapper = (key: unknown, value: unknown) => unknown;

/** A function of the value that gives null for null. */
const ofValue =
  (map: (value: unknown) => unknown): Mapper =>
  (_, value) =>
    value === null ? null : map(value);

const ofKey =
  (map: (key: unknown) => unknown): Mapper =>
  (key) =>
    key === null ? null : map(key);

const MAPPERS: FunctionTable<Mapper> = {
  identity: () => (_, value) => value,
  value: () => (_, value) => value,
  key: () => (key) => key,
  upper: () => ofValue((value) => text(value).toUpperCase()),
  append: (args) => {
    const suffix = textIn(args, "text");
    return ofValue((value) => text(value) + suffix);
  },
  length: () => ofValue((value) => text(value).length),
  parseLong: () => ofValue(parseLong),
  toText: () => ofValue(text),
  nullIf: (args) => {
    const equals = textIn(args, "equals");
    return ofValue((value) => (text(value) === equals ? null : value));
  },
  nullIfContains: (args) => {
    const part = textIn(args, "text");
    return ofValue((value) => (text(value).includes(part) ? null : value));
  },
  constant: (args) => () => args["value"] ?? null,
  addLong: (args) => {
    const n = numberIn(args, "n");
    return ofValue((value) => num(value) + n);
  },
  mulLong: (args) => {
    const n = numberIn(args, "n");
    return ofValue((value) => num(value) * n);
  },
  keyColonValue: () => (key, value) => `${text(key)}:${text(value)}`,
  keyPlusValue: () => (key, value) => text(key) + text(value),
  before: (args) => {
    const separator = textIn(args, "sep");
    return ofValue((value) => cut(text(value), separator)?.[0] ?? null);
  },
  after: (args) => {
    const separator = textIn(args, "sep");
    return ofValue((value) => cut(text(value), separator)?.[1] ?? null);
  },
  throwIf: (args) => {
    const equals = textIn(args, "equals");
    return ofValue((value) => {
      if (text(value) === equals) throw new Error("boom");
      return value;
    });
  },
  keyText: () => ofKey(text),
  firstChar: () => ofValue((value) => firstCodePoint(text(value))),
  keyFirstChar: () => ofKey((key) => firstCodePoint(text(key))),
  modOfLong: (args) => {
    const mod = numberIn(args, "mod");
    return ofValue((value) => String(((num(value) % mod) + mod) % mod));
  },
  windowedKeyToString: () => (key) => text(key),
  windowedKeyInner: () => (key) => (key as Windowed<unknown>).key,
  windowedKeyStart: () => (key) => (key as Windowed<unknown>).startMs,
};

export function mapper(named: NamedFunction): Mapper {
  return made("mapper", MAPPERS, named);
}

/** What stands before and after the first separator, null without one. */
export function cut(whole: string, separator: string): readonly [string, string] | null {
  const at = whole.indexOf(separator);
  return at < 0 ? null : [whole.slice(0, at), whole.slice(at + separator.length)];
}

/** Throws as Java's `Long.parseLong` does. */
export function parseLong(value: unknown): number {
  if (typeof value !== "string" || !/^[+-]?\d+$/u.test(value)) throw new Error(`not a whole number: ${text(value)}`);
  return Number(value) + 0;
}
