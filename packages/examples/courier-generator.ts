import type { Courier } from "./courier.js";

/** Couriers that move at random, up to a degree a step, around 45 degrees north. Deterministic for a seed. */
export class CourierGenerator {
  readonly #couriers: { id: string; latitude: number; longitude: number }[];
  #state: number;

  constructor(count: number, seed = 1) {
    this.#state = seed;
    this.#couriers = Array.from({ length: count }, (_, index) => ({
      id: `courier-${index + 1}`,
      latitude: 44 + this.#fraction() * 2,
      longitude: 9 + this.#fraction() * 2,
    }));
  }

  /** Moves one courier and gives its report. */
  next(): Courier {
    const courier = this.#couriers[Math.floor(this.#fraction() * this.#couriers.length)];
    if (courier === undefined) throw new RangeError("There are no couriers. Ask for at least one.");
    courier.latitude = clamp(courier.latitude + this.#fraction() * 2 - 1, 40, 50);
    courier.longitude = clamp(courier.longitude + this.#fraction() * 2 - 1, 5, 15);
    const position = { latitude: shortened(courier.latitude), longitude: shortened(courier.longitude) };
    return { id: courier.id, position };
  }

  #fraction(): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#state / 2 ** 32;
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

function shortened(degrees: number): number {
  return Math.round(degrees * 1000) / 1000;
}
