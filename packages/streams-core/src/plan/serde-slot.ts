import type { Serde } from "../model/index.js";

/** What is known about the serde of one side of a stream or table. */
export interface SerdeSlot {
  readonly serde: Serde<unknown> | null;
  /** The node that may have changed the type, so that the serde before it says nothing any more; null if there is none. */
  readonly droppedBy: string | null;
  /** Makes this side's serde of the builder's default, where that is not of its type. */
  readonly derive?: (serde: Serde<unknown>) => Serde<unknown>;
}

const unknownSlot: SerdeSlot = Object.freeze({ serde: null, droppedBy: null });

/** What the user said in the options of a source. */
export function slotOf(serde: Serde<unknown> | undefined): SerdeSlot {
  return serde === undefined ? unknownSlot : Object.freeze({ serde, droppedBy: null });
}

/** The user's word for the result of a verb that keeps this side's type; else what was known before it. */
export function keptSlot(serde: Serde<unknown> | undefined, before: SerdeSlot): SerdeSlot {
  return serde === undefined ? before : slotOf(serde);
}

/** The user's word for the result of a verb that may change this side's type; else nothing is known after it. */
export function changedSlot(serde: Serde<unknown> | undefined, nodeName: string): SerdeSlot {
  return serde === undefined ? Object.freeze({ serde: null, droppedBy: nodeName }) : slotOf(serde);
}

/** What is known where two streams meet: the serde they share, else nothing. */
export function mergedSlot(left: SerdeSlot, right: SerdeSlot, nodeName: string): SerdeSlot {
  return left.serde !== null && left.serde === right.serde ? left : changedSlot(undefined, nodeName);
}

/** The slot of a key within windows: its serde is made of the key's, be that known now or the builder's default. */
export function windowedSlot(key: SerdeSlot, derive: (serde: Serde<unknown>) => Serde<unknown>): SerdeSlot {
  return key.serde === null ? Object.freeze({ ...key, derive }) : slotOf(derive(key.serde));
}
