/**
 * The order in which Java's HashMap and HashSet iterate over strings, given in the order in which they were put in.
 * Kafka Streams' describe() text depends on it: with it ours is equal to the byte. `copied`: the set was made from
 * another collection, which sizes the table differently.
 */
export function javaHashOrder(strings: Iterable<string>, copied = false): string[] {
  const unique = [...new Set(strings)];
  const mask = tableSize(unique.length, copied) - 1;
  const buckets = new Map<number, string[]>();
  for (const text of unique) {
    const bucket = spreadHash(text) & mask;
    const same = buckets.get(bucket);
    if (same === undefined) buckets.set(bucket, [text]);
    else same.push(text);
  }
  return [...buckets.keys()].sort((a, b) => a - b).flatMap((bucket) => buckets.get(bucket)!);
}

function tableSize(count: number, copied: boolean): number {
  let size = 16;
  if (copied) {
    const wanted = Math.max(Math.floor(count / 0.75) + 1, 16);
    while (size < wanted) size *= 2;
  }
  while (count > size * 0.75) size *= 2;
  return size;
}

function spreadHash(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(31, hash) + text.charCodeAt(i)) | 0;
  return hash ^ (hash >>> 16);
}
