import type { KeptTime, NodeContext, StateStore } from "../model/index.js";
import { ClosedWindows, type WindowEmitter } from "./closed-windows.js";
import type { WindowAggregateOptions } from "./window-fold.js";
import { WindowedForwarder, type FlushingStore } from "./windowed-forwarder.js";

/** What an aggregation by window works with once it is set up. */
export interface WindowedParts<K, A, S> {
  readonly store: S;
  readonly forwarder: WindowedForwarder<K, A>;
  /** Null: each update goes downstream. */
  readonly closed: ClosedWindows | null;
  /** Observed stream time (T2), kept over restarts so that what was late stays late. */
  readonly observed: KeptTime;
}

/** Makes an aggregation's parts. `atWindowEnd`: results carry the end of their window (T5). */
export function windowedParts<K, A, S extends StateStore & FlushingStore<K, A>>(
  context: NodeContext,
  options: Pick<WindowAggregateOptions<K, never, A>, "store" | "sendOldValues" | "onClose">,
  emitter: WindowEmitter,
  { atWindowEnd }: { readonly atWindowEnd: boolean },
): WindowedParts<K, A, S> {
  const { sendOldValues, onClose } = options;
  const observed = context.keptTime(`${context.nodeName}-observed`);
  const store = context.getStateStore<S>(options.store);
  const forwarding = { sendOldValues, onClose: onClose !== null, atWindowEnd };
  const forwarder = new WindowedForwarder(context, store, forwarding);
  const closed = onClose === null ? null : new ClosedWindows(context, options.store, onClose, emitter);
  return { store, forwarder, closed, observed };
}
