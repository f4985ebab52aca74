const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/** Kafka's 32-bit Murmur2 (the Java producer's seed) of `bytes[start, end)`, signed. */
export function murmur2(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  const length = end - start;
  const tailAt = end - (length & 3);
  let hash = SEED ^ length;
  for (let at = start; at < tailAt; at += 4) {
    let word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    word = Math.imul(word, M);
    word ^= word >>> 24;
    hash = Math.imul(hash, M) ^ Math.imul(word, M);
  }
  const left = end - tailAt;
  if (left === 3) hash ^= bytes[tailAt + 2]! << 16;
  if (left >= 2) hash ^= bytes[tailAt + 1]! << 8;
  if (left >= 1) hash = Math.imul(hash ^ bytes[tailAt]!, M);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, M);
  return hash ^ (hash >>> 15);
}

/** The partition of a key that has bytes, of `partitionCount` (T10): the one every Kafka client's default partitioner picks. */
export function partitionOfKey(key: Uint8Array, partitionCount: number): number {
  return (murmur2(key) & 0x7fffffff) % partitionCount;
}
