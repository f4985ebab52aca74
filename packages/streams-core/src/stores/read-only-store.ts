import { StreamsError, type StateStore } from "../model/index.js";

const writes = new Set<PropertyKey>(["put", "putIfAbsent", "putAll", "delete", "remove", "write"]);

/** The store with its writing methods refused: what tasks see of a global store (P2). */
export function readOnlyStore<S extends StateStore>(store: S): S {
  return new Proxy(store, {
    get(target, property) {
      if (writes.has(property)) {
        throw new StreamsError(
          `Global store ${target.name} is read-only here: only the processor it was added with may write it.`,
        );
      }
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}
