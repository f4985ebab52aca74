import type { ProcessorSupplier } from "../model/index.js";
import {
  streamSessionAggregate,
  streamSlidingAggregate,
  streamWindowAggregate,
  type Aggregator,
  type SessionMerger,
  type WindowFold,
} from "../processors/index.js";
import type { AggregationWindows, StreamFold, Windowing } from "./operators.js";

type AnyFold = WindowFold<unknown, unknown, unknown>;
type AnyMerger = SessionMerger<unknown, unknown>;

const countFold: AnyFold = {
  init: () => 0,
  add: (_key, _value, count) => (count as number) + 1,
  addName: "aggregator",
};

/** The fold of a window's records; a reduce begins with null, so that the first value passes through unchanged. */
function windowFold(fold: StreamFold): AnyFold {
  switch (fold.kind) {
    case "count":
      return countFold;
    case "reduce": {
      const reduce = fold.reduce as (aggregate: unknown, value: unknown, context: unknown) => unknown;
      const add: AnyFold["add"] = (_key, value, before, context) =>
        before === null ? value : reduce(before, value, context);
      return { init: () => null, add, addName: "reducer" };
    }
    case "aggregate":
      return { init: fold.init, add: fold.add as Aggregator<unknown, unknown, unknown>, addName: "aggregator" };
  }
}

/** How two sessions' aggregates become one: for counts and reductions it follows from the fold. */
function sessionMerger(fold: StreamFold, { merge }: Windowing): AnyMerger {
  if (fold.kind === "count") return (_key, left, right) => (left as number) + (right as number);
  if (fold.kind === "aggregate") return merge as AnyMerger;
  const reduce = fold.reduce as (aggregate: unknown, value: unknown, context: unknown) => unknown;
  return (_key, left, right, context) => (left === null ? right : reduce(left, right, context));
}

/** Processors of a windowed aggregation. */
export function windowProcessors(
  fold: StreamFold,
  windowing: Windowing,
  store: string,
  sendOldValues: boolean,
): ProcessorSupplier {
  const { windows, onClose } = windowing;
  const options = { ...windowFold(fold), store, onClose, sendOldValues };
  switch (windows.kind) {
    case "time":
    case "unlimited":
      return streamWindowAggregate({ ...options, windows });
    case "sliding":
      return streamSlidingAggregate({ ...options, windows });
    case "session":
      return streamSessionAggregate({ ...options, windows, merge: sessionMerger(fold, windowing) });
  }
}

/** How long after its end a window takes records, by the stream time of its aggregation: what suppress waits (S2). */
export function closesAfterMs(windows: AggregationWindows): number {
  switch (windows.kind) {
    case "time":
    case "sliding":
      return windows.graceMs;
    case "session":
      return windows.graceMs + windows.inactivityGapMs;
    case "unlimited":
      return 0;
  }
}
