import type { Serde } from "../model/index.js";
import { keySerdeOf } from "../serde/index.js";
import { MissingSerdeError } from "../topology/index.js";
import type { SerdeSlot } from "./serde-slot.js";

/** The serdes of `new StreamsBuilder({ key, value })`. */
export interface DefaultSerdes {
  readonly key: Serde<unknown> | null;
  readonly value: Serde<unknown> | null;
}

/** Fills what is not known with the builder's defaults; throws MissingSerdeError where there is none. */
export class SerdeResolver {
  readonly #defaults: DefaultSerdes;

  constructor(defaults: DefaultSerdes) {
    this.#defaults = defaults;
  }

  /** `what` is the verb as the user knows it, for the error. */
  key(slot: SerdeSlot, nodeName: string, what: string): Serde<unknown> {
    const serde = given(slot, this.#defaults.key);
    if (serde === null) throw new MissingSerdeError(nodeName, what, "key", slot.droppedBy);
    return keySerdeOf(serde);
  }

  value(slot: SerdeSlot, nodeName: string, what: string): Serde<unknown> {
    const serde = given(slot, this.#defaults.value);
    if (serde === null) throw new MissingSerdeError(nodeName, what, "value", slot.droppedBy);
    return serde;
  }

  /** Those of a node that reads or writes records. */
  both(node: SerdesToBe, what: string): { readonly key: Serde<unknown>; readonly value: Serde<unknown> } {
    return { key: this.key(node.key, node.name, what), value: this.value(node.value, node.name, what) };
  }
}

interface SerdesToBe {
  readonly name: string;
  readonly key: SerdeSlot;
  readonly value: SerdeSlot;
}

function given({ serde, derive }: SerdeSlot, fallback: Serde<unknown> | null): Serde<unknown> | null {
  return serde ?? (fallback !== null && derive !== undefined ? derive(fallback) : fallback);
}
