import type { Randomness } from "../randomness.js";

const TWO_POW_32 = 2 ** 32;

/** Reproducible chance: xoshiro128**, its state spread from one 32-bit seed by splitmix32. */
export class SeededRandomness implements Randomness {
  readonly #state = new Uint32Array(4);

  constructor(seed: number) {
    let mixed = seed >>> 0;
    for (let i = 0; i < 4; i++) {
      mixed = (mixed + 0x9e3779b9) >>> 0;
      let word = mixed ^ (mixed >>> 16);
      word = Math.imul(word, 0x21f0aaad);
      word ^= word >>> 15;
      word = Math.imul(word, 0x735a2d97);
      this.#state[i] = word ^ (word >>> 15);
    }
  }

  uint32(): number {
    const state = this.#state;
    const s1 = state[1]!;
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    state[2]! ^= state[0]!;
    state[3]! ^= s1;
    state[1]! ^= state[2]!;
    state[0]! ^= state[3]!;
    state[2]! ^= s1 << 9;
    state[3] = rotateLeft(state[3]!, 11);
    return result;
  }

  fraction(): number {
    return this.uint32() / TWO_POW_32;
  }

  uuid(): string {
    let hex = "";
    for (let i = 0; i < 4; i++) hex += this.uint32().toString(16).padStart(8, "0");
    const variant = "89ab"[this.uint32() & 3]!;
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
  }

  /** A whole number in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.fraction() * bound);
  }

  /** Another stream of chance, decided by this one's state: draws from one do not disturb the other. */
  fork(): SeededRandomness {
    return new SeededRandomness(this.uint32());
  }
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
