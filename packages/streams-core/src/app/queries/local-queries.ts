import type { Environment } from "@millrace/kernel";
import { LocalKeyValueQueries } from "./key-value-queries.js";
import type { Queryable, QueryKind, StoreShape } from "./queryable.js";
import { SegmentedScans } from "./segmented-scans.js";
import { LocalSessionQueries } from "./session-queries.js";
import { rowItself, valueOf } from "./shown-row.js";
import type { StoreParts } from "./store-parts.js";
import { LocalVersionedQueries } from "./versioned-queries.js";
import { LocalWindowQueries } from "./window-queries.js";

const makers: Readonly<Record<QueryKind, (environment: Environment, parts: StoreParts) => unknown>> = {
  keyValue: (environment, parts) => new LocalKeyValueQueries(environment, parts, valueOf),
  timestampedKeyValue: (environment, parts) => new LocalKeyValueQueries(environment, parts, rowItself),
  window: (environment, parts) => new LocalWindowQueries(new SegmentedScans(environment, parts, valueOf)),
  timestampedWindow: (environment, parts) => new LocalWindowQueries(new SegmentedScans(environment, parts, rowItself)),
  session: (environment, parts) => new LocalSessionQueries(new SegmentedScans(environment, parts, valueOf)),
  versioned: (_, parts) => new LocalVersionedQueries(parts),
};

/** The queries of a store, over the parts of it that are here. */
export function localQueries<S extends StoreShape>(
  { kind }: Queryable<S>,
  environment: Environment,
  parts: StoreParts,
): S["queries"] {
  return makers[kind](environment, parts);
}
