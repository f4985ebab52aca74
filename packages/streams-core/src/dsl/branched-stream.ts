import type { RecordContext } from "../model/index.js";
import type { KStream } from "./k-stream.js";
import type { Named } from "./options.js";

/** The streams of a split by their names. */
export type Branches<K, V> = Readonly<Record<string, KStream<K, V>>>;

/**
 * A split in the making. Records go to the first branch, in the order of the calls, whose predicate holds (K1).
 *
 * @example
 * const streams = orders.split({ name: "by-size-" })
 *   .branch((_, order) => order.total > 1000, { name: "large" })
 *   .defaultBranch({ name: "small" });
 * streams["by-size-large"].to("large-orders");
 */
export interface BranchedStream<K, V> {
  /**
   * One more branch. Its stream's name is the split's with the branch's behind it, by default the branch's position from
   * 1. The predicate sees null keys and values. Throws TopologyError after `defaultBranch` or for a name that is taken.
   */
  branch(predicate: (key: K, value: V, context: RecordContext) => boolean, options?: Named): BranchedStream<K, V>;
  /** Ends the split with a branch, `0` by default, that takes what no other one took. Gives all streams by their names. */
  defaultBranch(options?: Named): Branches<K, V>;
  /** Ends the split: what no branch took goes nowhere, uncounted. Gives all streams by their names. */
  noDefaultBranch(): Branches<K, V>;
}
