import * as sortedBtree from "sorted-btree";
import type BTreeModule from "sorted-btree";

import type { StoreKey } from "../contract/index.js";
import { compareKeys } from "../keys/key-range.js";

/** Rows by key in byte order, with an O(1) `clone()`: nodes are shared until one side writes to them. */
export type SortedTree = BTreeModule.default<StoreKey, Uint8Array | null>;

// CommonJS with a `default` in it: Node nests it under the module's own default, bundlers and test runners unwrap it.
const loaded: unknown = sortedBtree.default;
const BTree = (
  typeof loaded === "function" ? loaded : sortedBtree.default.default
) as typeof sortedBtree.default.default;

/** A tree with these rows, which need not be sorted. */
export const sortedTree = (
  rows: Iterable<readonly [key: StoreKey, row: { readonly value: Uint8Array | null }]>,
): SortedTree => {
  const tree: SortedTree = new BTree<StoreKey, Uint8Array | null>(undefined, compareKeys);
  const sorted = [...rows].sort(([left], [right]) => compareKeys(left, right));
  for (const [key, { value }] of sorted) tree.set(key, value);
  return tree;
};
