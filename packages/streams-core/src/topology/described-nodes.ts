import type { TopicNameExtractor } from "../model/index.js";

/** A node as `describe()` shows it. Neighbours are node names, in the order of the text. */
export interface DescribedSource {
  readonly kind: "source";
  readonly name: string;
  readonly topics: readonly string[];
  readonly pattern: string | null;
  readonly successors: readonly string[];
}

export interface DescribedProcessor {
  readonly kind: "processor";
  readonly name: string;
  readonly stores: readonly string[];
  readonly successors: readonly string[];
  readonly predecessors: readonly string[];
}

export interface DescribedSink {
  readonly kind: "sink";
  readonly name: string;
  readonly topic: string | TopicNameExtractor;
  readonly predecessors: readonly string[];
}

export type DescribedNode = DescribedSource | DescribedProcessor | DescribedSink;

export interface DescribedSubtopology {
  readonly kind: "subtopology";
  readonly id: number;
  readonly nodes: readonly DescribedNode[];
}

export interface DescribedGlobalStore {
  readonly kind: "global-store";
  readonly id: number;
  readonly source: DescribedSource;
  readonly processor: DescribedProcessor;
}
