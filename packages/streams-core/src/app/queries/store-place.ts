import type { StoreBuilder } from "../../model/index.js";
import type { PhysicalTopology } from "../../topology/index.js";
import { UnknownStoreError } from "../app-errors.js";
import { StoreKindError } from "./query-errors.js";
import { storeKindsOf, type Queryable } from "./queryable.js";

/** Where a topology has a store. */
export interface StorePlace {
  readonly name: string;
  readonly builder: StoreBuilder;
  /** Sub-topology that has it; null: it is a global store. */
  readonly subtopology: number | null;
  /** Topic of the topology whose partitions are the store's; null: its own changelog is not kept, or it is global. */
  readonly changelog: string | null;
  /** The topic of the topology that its serdes are told. */
  readonly serdeTopic: string;
}

/** Throws UnknownStoreError and StoreKindError. */
export function placeOf({ name, kind }: Queryable, topology: PhysicalTopology): StorePlace {
  const place = find(name, topology);
  if (place === null) {
    throw new UnknownStoreError(`The topology has no store "${name}". Use the name given to it in the topology.`);
  }
  const { builder } = place;
  if (!storeKindsOf[kind].includes(builder.kind)) throw new StoreKindError(name, kind, builder.kind);
  return place;
}

function find(name: string, topology: PhysicalTopology): StorePlace | null {
  for (const { builder, source } of topology.globalStores) {
    const serdeTopic = source.topics[0] ?? name;
    if (builder.name === name) return { name, builder, subtopology: null, changelog: null, serdeTopic };
  }
  for (const { id, stores } of topology.subtopologies) {
    for (const { builder, changelog } of stores) {
      const serdeTopic = changelog ?? `${name}-changelog`;
      if (builder.name === name) return { name, builder, subtopology: id, changelog, serdeTopic };
    }
  }
  return null;
}
