import type { StoreBuilder } from "../model/index.js";
import type { SerdeResolver } from "./serde-resolver.js";
import type { StoreSpec } from "./store-spec.js";

/** What a store is made by. Throws MissingSerdeError for one that nobody gives serdes to. */
export function storeBuilderOf(spec: StoreSpec, nodeName: string, serdes: SerdeResolver): StoreBuilder {
  const what = `store ${spec.name}`;
  return Object.freeze({
    name: spec.name,
    kind: spec.kind,
    key: serdes.key(spec.key, nodeName, what),
    value: serdes.value(spec.value, nodeName, what),
    caching: spec.caching,
    logging: spec.logging,
    changelogConfig: spec.changelogConfig,
    engine: spec.engine,
    ...(spec.maxEntries === null ? {} : { maxEntries: spec.maxEntries }),
    ...(spec.retentionMs === undefined ? {} : { retentionMs: spec.retentionMs }),
    ...(spec.segmentIntervalMs === undefined ? {} : { segmentIntervalMs: spec.segmentIntervalMs }),
    ...(spec.forgetsTimestamps === undefined ? {} : { forgetsTimestamps: spec.forgetsTimestamps }),
    ...(spec.windowSizeMs === undefined ? {} : { windowSizeMs: spec.windowSizeMs }),
    ...(spec.retainDuplicates === undefined ? {} : { retainDuplicates: spec.retainDuplicates }),
    ...(spec.logHeaders === undefined ? {} : { logHeaders: spec.logHeaders }),
    ...(spec.otherValue === undefined ? {} : { otherValue: serdes.value(spec.otherValue, nodeName, what) }),
    ...(spec.timeOrdered === undefined ? {} : { timeOrdered: spec.timeOrdered }),
  });
}
