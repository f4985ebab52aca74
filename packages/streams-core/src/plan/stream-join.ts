import type { JoinWindows } from "../model/index.js";
import type { UnmatchedEmission } from "../processors/index.js";
import type { ErasedJoiner } from "./operators.js";
import type { StoreSpec } from "./store-spec.js";

/** What a stream-stream join is, as data. The names of its nodes and stores come from the verb. */
export interface StreamJoinParts {
  readonly windows: JoinWindows;
  readonly joiner: ErasedJoiner;
  readonly isLeftOuter: boolean;
  readonly isRightOuter: boolean;
  readonly emission: UnmatchedEmission;
  /** The nodes that keep the records, and their stores. */
  readonly leftWindow: string;
  readonly rightWindow: string;
  readonly leftStore: string;
  readonly rightStore: string;
  /** The nodes that join; their results meet in the node itself. */
  readonly leftJoin: string;
  readonly rightJoin: string;
  /** Null in an inner join. */
  readonly unmatched: StoreSpec | null;
}
