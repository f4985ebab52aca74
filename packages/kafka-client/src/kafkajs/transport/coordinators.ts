import type { CoordinatorKind, NodeId } from "./transport.js";

type LookUp = (kind: CoordinatorKind, key: string) => Promise<NodeId>;

/** Who coordinates which group or transactional id, remembered until told otherwise; concurrent look-ups share a request. */
export class Coordinators {
  readonly #lookUp: LookUp;
  readonly #known = new Map<string, Promise<NodeId>>();

  constructor(lookUp: LookUp) {
    this.#lookUp = lookUp;
  }

  find(kind: CoordinatorKind, key: string): Promise<NodeId> {
    const name = `${kind} ${key}`;
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const asked = this.#lookUp(kind, key);
    this.#known.set(name, asked);
    asked.catch(() => {
      if (this.#known.get(name) === asked) this.#known.delete(name);
    });
    return asked;
  }

  forget(kind: CoordinatorKind, key: string): void {
    this.#known.delete(`${kind} ${key}`);
  }
}
