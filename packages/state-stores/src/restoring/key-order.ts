import type { StoreKey } from "../contract/index.js";

/** A number holds so many characters of a key and, below them, a place in the batch. */
const CHARACTERS = 4;
const PLACES = 2 ** 20;
/** So few rows that begin alike are as good unsorted. */
const TIES_MAX = 8;

/**
 * Places of the keys, about in byte order; equal keys stay in the order in which they are given. LevelDB takes a sorted
 * batch in half the time. As numbers, keys are sorted ten times as fast as by comparing strings.
 */
export function keyOrder(keys: readonly StoreKey[]): Int32Array {
  const order = new Int32Array(keys.length);
  for (let place = 0; place < order.length; place += 1) order[place] = place;
  for (let from = 0; from < order.length; from += PLACES) sort(keys, order.subarray(from, from + PLACES), 0);
  return order;
}

/** Sorts these places of keys that are alike before `from`. */
function sort(keys: readonly StoreKey[], order: Int32Array, from: number): void {
  const begin = commonLength(keys, order, from);
  const numbers = new Float64Array(order.length);
  for (let index = 0; index < order.length; index += 1) {
    numbers[index] = charactersAt(keys[order[index]!]!, begin) * PLACES + index;
  }
  numbers.sort();
  const before = order.slice();
  let tiesFrom = 0;
  let tied = -1;
  for (let index = 0; index < order.length; index += 1) {
    const characters = Math.floor(numbers[index]! / PLACES);
    order[index] = before[numbers[index]! - characters * PLACES]!;
    if (characters === tied) continue;
    if (index - tiesFrom > TIES_MAX) sortTies(keys, order.subarray(tiesFrom, index), begin + CHARACTERS);
    tiesFrom = index;
    tied = characters;
  }
  if (order.length - tiesFrom > TIES_MAX) sortTies(keys, order.subarray(tiesFrom), begin + CHARACTERS);
}

function sortTies(keys: readonly StoreKey[], order: Int32Array, from: number): void {
  // Keys that end here are alike.
  if (order.some((place) => keys[place]!.length > from)) sort(keys, order, from);
}

/** How many characters all keys have in common, of which there are `from` at least, where they are so long. */
function commonLength(keys: readonly StoreKey[], order: Int32Array, from: number): number {
  const first = keys[order[0]!] ?? "";
  let length = first.length;
  for (let index = 1; index < order.length; index += 1) {
    const key = keys[order[index]!]!;
    let at = from;
    while (at < length && key.charCodeAt(at) === first.charCodeAt(at)) at += 1;
    length = at;
    if (length <= from) return from;
  }
  return length;
}

/** Four characters of a key as a number in their order; none counts as zero. */
function charactersAt(key: StoreKey, at: number): number {
  const high = (characterAt(key, at) << 8) | characterAt(key, at + 1);
  const low = (characterAt(key, at + 2) << 8) | characterAt(key, at + 3);
  return high * 0x1_00_00 + low;
}

function characterAt(key: StoreKey, at: number): number {
  return at < key.length ? key.charCodeAt(at) : 0;
}
