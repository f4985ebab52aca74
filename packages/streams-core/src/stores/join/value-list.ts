const VARIABLE_SIZE = 1;
const INT_BYTES = 4;
const HEAD_BYTES = 1 + INT_BYTES;
const LEFT = 1;
const RIGHT = 0;

/**
 * Values of one side as Kafka Streams lays them out: a list of entries with lengths, each beginning with its side. Gives
 * `list`, or an empty one, with the value behind it.
 */
export function withValue(list: Uint8Array | null, isLeft: boolean, value: Uint8Array): Uint8Array {
  const present = list?.length ?? HEAD_BYTES;
  const bytes = new Uint8Array(present + INT_BYTES + 1 + value.length);
  if (list !== null) bytes.set(list);
  bytes[0] = VARIABLE_SIZE;
  writeInt(bytes, 1, list === null ? 1 : readInt(list, 1) + 1);
  writeInt(bytes, present, 1 + value.length);
  bytes[present + INT_BYTES] = isLeft ? LEFT : RIGHT;
  bytes.set(value, present + INT_BYTES + 1);
  return bytes;
}

/** The values of the list, as views. */
export function valuesOf(list: Uint8Array): Uint8Array[] {
  const values: Uint8Array[] = [];
  let at = HEAD_BYTES;
  for (let left = readInt(list, 1); left > 0; left--) {
    const end = at + INT_BYTES + readInt(list, at);
    values.push(list.subarray(at + INT_BYTES + 1, end));
    at = end;
  }
  return values;
}

function writeInt(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

function readInt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}
