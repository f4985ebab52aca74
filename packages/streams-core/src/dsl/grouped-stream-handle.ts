import {
  InvalidArgumentError,
  type RecordContext,
  type SessionWindows,
  type SlidingWindows,
  type TimeWindows,
  type UnlimitedWindows,
} from "../model/index.js";
import type { AggregationWindows } from "../plan/index.js";
import { cogrouped } from "./cogrouped-stream-handle.js";
import type { CogroupedKStream, CogroupOptions } from "./cogrouped-stream.js";
import type { Flow } from "./flow.js";
import type { AggregateOptions, KGroupedStream } from "./k-grouped-stream.js";
import type { KTable } from "./k-table.js";
import type { Materialized } from "./options.js";
import { StreamGroup } from "./stream-group.js";
import type { EmitOptions } from "./windowed-options.js";
import { windowedStream } from "./windowed-stream-handle.js";
import type { SessionWindowedKStream, TimeWindowedKStream } from "./windowed-stream.js";

/** KGroupedStream over plan nodes. */
export class GroupedStreamHandle<K, V> implements KGroupedStream<K, V> {
  readonly #group: StreamGroup;

  constructor(flow: Flow, name: string | undefined) {
    this.#group = new StreamGroup(flow, name);
  }

  count(options: Materialized<K, number> = {}): KTable<K, number> {
    return this.#group.fold({ kind: "count" }, options);
  }

  reduce(
    reducer: (aggregate: V, value: V, context: RecordContext) => V | null,
    options: Materialized<K, V> = {},
  ): KTable<K, V> {
    return this.#group.fold({ kind: "reduce", reduce: reducer }, options);
  }

  aggregate<A>(options: AggregateOptions<K, V, A>): KTable<K, A> {
    const { init, add } = options;
    return this.#group.fold({ kind: "aggregate", init, add }, options);
  }

  windowedBy(
    windows: TimeWindows | SlidingWindows | UnlimitedWindows,
    options?: EmitOptions,
  ): TimeWindowedKStream<K, V>;
  windowedBy(windows: SessionWindows, options?: EmitOptions): SessionWindowedKStream<K, V>;
  windowedBy(
    windows: AggregationWindows,
    options: EmitOptions = {},
  ): TimeWindowedKStream<K, V> & SessionWindowedKStream<K, V> {
    return windowedStream(this.#group, windows, options);
  }

  cogroup<A>(options: CogroupOptions<K, V, A>): CogroupedKStream<K, A> {
    return cogrouped(this.#group, options, groupOf);
  }

  static groupOf(handle: unknown): StreamGroup {
    if (handle instanceof GroupedStreamHandle) return handle.#group;
    throw new InvalidArgumentError("cogroup() takes what groupBy() or groupByKey() of a stream gave.");
  }
}

const groupOf = (handle: unknown): StreamGroup => GroupedStreamHandle.groupOf(handle);
