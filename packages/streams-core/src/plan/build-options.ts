/** A rewrite of the topology that saves topics (R28). Turning one on or off changes topics: reset the application. */
export type Optimization =
  /** Restores a table from the topic it reads instead of a changelog. */
  | "reuse.ktable.source.topics"
  /** One repartition topic behind a changed key instead of one for each grouping. */
  | "merge.repartition.topics"
  /** One store instead of two where a stream is joined with itself. */
  | "single.store.self.join";

/** How a topology is made of what a builder noted. */
export interface BuildOptions {
  /** Kafka Streams' `topology.optimization`. Default `"none"`. */
  readonly optimization?: "none" | "all" | readonly Optimization[];
  /**
   * Refuse topologies with stores or internal topics that have generated names, as verbs added later would rename them
   * (KIP-1111, `ensure.explicit.internal.resource.naming`). Default false.
   */
  readonly requireNames?: boolean;
}

/** Whether the options ask for a rewrite. */
export function wants(optimization: Optimization, { optimization: wanted = "none" }: BuildOptions): boolean {
  return typeof wanted === "string" ? wanted === "all" : wanted.includes(optimization);
}
