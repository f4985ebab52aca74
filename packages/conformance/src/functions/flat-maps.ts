import type { NamedFunction } from "../scenario.js";
import { text, words } from "../values/text.js";
import { made, type FunctionTable } from "./function-table.js";

export type FlatValues = (value: unknown, key: unknown) => readonly unknown[];
export type FlatPairs = (key: unknown, value: unknown) => readonly (readonly [unknown, unknown])[];

const FLAT_VALUES: FunctionTable<FlatValues> = {
  splitWords: () => words,
  chars: () => (value) => (value === null ? [] : [...text(value)]),
  twice: () => (value) => [value, value],
  keyAndValue: () => (value, key) => [text(key), text(value)],
  none: () => () => [],
};

const FLAT_PAIRS: FunctionTable<FlatPairs> = {
  duplicate: () => (key, value) => [
    [key, value],
    [key, value],
  ],
  swapBoth: () => (key, value) => [
    [key, value],
    [value, key],
  ],
  wordLengths: () => (_, value) => words(value).map((word) => [word, word.length]),
  wordsAsKeys: () => (_, value) => words(value).map((word) => [word, value]),
  none: () => () => [],
};

export function flatValues(named: NamedFunction): FlatValues {
  return made("flatMapValues", FLAT_VALUES, named);
}

export function flatPairs(named: NamedFunction): FlatPairs {
  return made("flatMap", FLAT_PAIRS, named);
}
