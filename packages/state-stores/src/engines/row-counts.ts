import type { StoreKey } from "../contract/index.js";

/** So many keys stand for all rows; with more of them every other one goes. */
const SAMPLES_MAX = 1024;

/** About how many rows a store has, and about how many from a key on. */
export class RowCounts {
  #total: number;
  /** Keys that each stand for some rows. */
  #samples: { readonly key: StoreKey; weight: number }[] = [];

  /** Nothing is known of where rows of earlier lives are: they count as the first ones. */
  constructor(total: number) {
    this.#total = total;
  }

  /** From `floor` on; null: in all. */
  from(floor: StoreKey | null): number {
    if (floor === null) return this.#total;
    let count = 0;
    for (const { key, weight } of this.#samples) if (key >= floor) count += weight;
    return Math.min(this.#total, Math.max(0, count));
  }

  /** `weight` rows came near `key`, or went. */
  add(key: StoreKey, weight: number): void {
    this.#total = Math.max(0, this.#total + weight);
    this.#samples.push({ key, weight });
    if (this.#samples.length <= SAMPLES_MAX) return;
    this.#samples = this.#samples.filter((_, index) => index % 2 === 0);
    for (const sample of this.#samples) sample.weight *= 2;
  }

  /** Rows before `floor` were dropped. */
  drop(floor: StoreKey): void {
    this.#total = this.from(floor);
    this.#samples = this.#samples.filter(({ key }) => key >= floor);
  }

  clear(): void {
    this.#total = 0;
    this.#samples = [];
  }
}
