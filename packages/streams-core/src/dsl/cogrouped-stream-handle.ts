import {
  TopologyError,
  type RecordContext,
  type SessionWindows,
  type SlidingWindows,
  type TimeWindows,
  type UnlimitedWindows,
  type Windowed,
} from "../model/index.js";
import {
  changedSlot,
  keptSlot,
  mergedSlot,
  type AggregationWindows,
  type CogroupAggregation,
  type ErasedAggregator,
  type PlanNode,
  type StoreSpec,
  type Windowing,
} from "../plan/index.js";
import type {
  CogroupedKStream,
  CogroupedSessionOptions,
  CogroupOptions,
  SessionWindowedCogroupedKStream,
  TimeWindowedCogroupedKStream,
} from "./cogrouped-stream.js";
import type { KGroupedStream } from "./k-grouped-stream.js";
import type { KTable } from "./k-table.js";
import { givenStoreName } from "./materialization.js";
import type { Materialized } from "./options.js";
import { tableKeySlot, type StreamGroup } from "./stream-group.js";
import type { WindowedMaterialized } from "./windowed-options.js";
import { missingMerge } from "./windowed-stream-handle.js";
import { windowedStoreSpec } from "./windowed-store-spec.js";

const AGGREGATE_PREFIX = "COGROUPKSTREAM-AGGREGATE-";
const MERGE_PREFIX = "COGROUPKSTREAM-MERGE-";

type GroupOf = (handle: unknown) => StreamGroup;

/** Several groups and their aggregators, in the order in which they were added. */
class Cogroup {
  readonly #init: () => unknown;
  readonly #aggregators: ReadonlyMap<StreamGroup, ErasedAggregator>;
  /** Where the groups' records come from, once a table was made: a second table reads the same repartition topics. */
  readonly #parents = new Map<StreamGroup, PlanNode>();

  constructor(init: () => unknown, aggregators: ReadonlyMap<StreamGroup, ErasedAggregator>) {
    this.#init = init;
    this.#aggregators = aggregators;
  }

  with(group: StreamGroup, add: ErasedAggregator): Cogroup {
    return new Cogroup(this.#init, new Map([...this.#aggregators, [group, add]]));
  }

  table<KOut, A>(options: WindowedMaterialized<unknown, unknown>, windowing: Windowing | null): KTable<KOut, A> {
    const groups = [...this.#aggregators.keys()];
    if (groups.filter((group) => group.needsName).length > 1) throw unnamedGroupings();
    const first = groups[0]!;
    const { plan, handles } = first.flow;
    const storeName = givenStoreName(options) ?? plan.numbers.store(AGGREGATE_PREFIX);
    const shared = groups.map(({ flow }) => flow.key).reduce((left, right) => mergedSlot(left, right, storeName));
    const key = keptSlot(options.key, shared);
    const value = changedSlot(options.value, storeName);
    const store = windowedStoreSpec(options, storeName, { key, value }, windowing);
    for (const group of this.#aggregators.keys()) this.#parentOf(group, store);
    const parents = this.#appendAggregations(first, store, options.name, windowing);
    const name = plan.numbers.suffixed(MERGE_PREFIX, options.name, "-cogroup-merge");
    const node = plan.append({ kind: "cogroupMerge", name, parents, store });
    return handles.table({ plan, handles, node, key: tableKeySlot(key, windowing), value });
  }

  #appendAggregations(
    { flow: { plan } }: StreamGroup,
    sharedStore: StoreSpec,
    named: string | undefined,
    windowing: Windowing | null,
  ): CogroupAggregation[] {
    return [...this.#aggregators].map(([group, add], index) =>
      plan.append({
        kind: "cogroupAggregation",
        name: plan.numbers.suffixed(AGGREGATE_PREFIX, named, `-cogroup-agg-${index}`),
        parents: [this.#parents.get(group)!],
        fold: { kind: "aggregate", init: this.#init, add },
        windowing,
        sharedStore,
      }),
    );
  }

  #parentOf(group: StreamGroup, store: StoreSpec): void {
    if (this.#parents.has(group)) group.drawNumbers(store);
    else this.#parents.set(group, group.parentFor(store));
  }
}

/** CogroupedKStream over plan nodes. */
class CogroupedHandle<K, A> implements CogroupedKStream<K, A> {
  readonly #cogroup: Cogroup;
  readonly #groupOf: GroupOf;

  constructor(cogroup: Cogroup, groupOf: GroupOf) {
    this.#cogroup = cogroup;
    this.#groupOf = groupOf;
  }

  cogroup<V>(
    group: KGroupedStream<K, V>,
    add: (key: K, value: V, aggregate: A, context: RecordContext) => A | null,
  ): CogroupedKStream<K, A> {
    return new CogroupedHandle(this.#cogroup.with(this.#groupOf(group), add), this.#groupOf);
  }

  aggregate(options: Materialized<K, A> = {}): KTable<K, A> {
    return this.#cogroup.table(options, null);
  }

  windowedBy(windows: TimeWindows | SlidingWindows | UnlimitedWindows): TimeWindowedCogroupedKStream<K, A>;
  windowedBy(windows: SessionWindows): SessionWindowedCogroupedKStream<K, A>;
  windowedBy(windows: AggregationWindows): TimeWindowedCogroupedKStream<K, A> & SessionWindowedCogroupedKStream<K, A> {
    return new WindowedCogroupedHandle<K, A>(this.#cogroup, windows);
  }
}

class WindowedCogroupedHandle<K, A> implements TimeWindowedCogroupedKStream<K, A> {
  readonly #cogroup: Cogroup;
  readonly #windows: AggregationWindows;

  constructor(cogroup: Cogroup, windows: AggregationWindows) {
    this.#cogroup = cogroup;
    this.#windows = windows;
  }

  aggregate(options: Partial<CogroupedSessionOptions<K, A>> = {}): KTable<Windowed<K>, A> {
    const { merge = null } = options;
    if (this.#windows.kind === "session" && merge === null) throw missingMerge();
    return this.#cogroup.table(options, Object.freeze({ windows: this.#windows, merge, onClose: null }));
  }
}

function unnamedGroupings(): TopologyError {
  return new TopologyError(
    "Several streams of a cogroup need a repartition topic, and they would share its name: give their groupings a `name` each.",
  );
}

/** The first stream of a cogroup; `groupOf` finds what the handles of the others stand for. */
export function cogrouped<K, V, A>(
  group: StreamGroup,
  { init, add }: CogroupOptions<K, V, A>,
  groupOf: GroupOf,
): CogroupedKStream<K, A> {
  return new CogroupedHandle<K, A>(new Cogroup(init, new Map([[group, add]])), groupOf);
}
