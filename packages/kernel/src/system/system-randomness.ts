import { randomFillSync, randomUUID } from "node:crypto";
import type { Randomness } from "../randomness.js";

const POOL_WORDS = 256;
const TWO_POW_32 = 2 ** 32;

function pooledRandomness(): Randomness {
  const pool = new Uint32Array(POOL_WORDS);
  let used = POOL_WORDS;
  const uint32 = (): number => {
    if (used === POOL_WORDS) {
      randomFillSync(pool);
      used = 0;
    }
    return pool[used++]!;
  };
  return { uint32, fraction: () => uint32() / TWO_POW_32, uuid: () => randomUUID() };
}

/** The operating system's random source, fetched 256 words at a time. */
export const systemRandomness: Randomness = pooledRandomness();
