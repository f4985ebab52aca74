export type MetricTags = Readonly<Record<string, string>>;

/** A sum that only grows. Cheap enough to touch once per batch; count records of a batch with one `add`. */
export interface Counter {
  add(amount: number): void;
  readonly total: number;
}

/** Names, tags and values of what the engine counts. Reporters read it; the engine writes to it. */
export interface Metrics {
  /** The counter of that group, name and tags; the same object on every call. */
  counter(group: string, name: string, tags: MetricTags): Counter;
  /** A value read when somebody asks. The returned function removes the gauge. */
  gauge(group: string, name: string, tags: MetricTags, read: () => number): () => void;
  /** All values now, in order of group, name and tags. */
  snapshot(): readonly MetricValue[];
}

export interface MetricValue {
  readonly group: string;
  readonly name: string;
  readonly tags: MetricTags;
  readonly value: number;
}
