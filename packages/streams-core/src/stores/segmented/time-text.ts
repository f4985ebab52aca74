const TWO_POW_32 = 2 ** 32;
/** Times and counts come again and again: windows share their starts. */
const MEMO_SIZE = 256;
const memoTimes = new Float64Array(MEMO_SIZE).fill(NaN);
const memoTexts = new Array<string>(MEMO_SIZE).fill("");

/** Eight bytes, big-endian, as part of a store key: sorts as the number does from 0 on. */
export function timeText(timeMs: number): string {
  const low = timeMs >>> 0;
  const slot = (low ^ (low >>> 8) ^ (low >>> 16)) & (MEMO_SIZE - 1);
  if (memoTimes[slot] === timeMs) return memoTexts[slot]!;
  const high = Math.floor(timeMs / TWO_POW_32);
  const text = intText(high) + intText(low);
  memoTimes[slot] = timeMs;
  memoTexts[slot] = text;
  return text;
}

/** Four bytes, big-endian, as part of a store key. */
export function intText(int: number): string {
  return String.fromCharCode((int >>> 24) & 0xff, (int >>> 16) & 0xff, (int >>> 8) & 0xff, int & 0xff);
}

/** The number whose eight bytes begin at `at`. */
export function timeIn(text: string, at: number): number {
  return (intIn(text, at) | 0) * TWO_POW_32 + intIn(text, at + 4);
}

/** The unsigned number whose four bytes begin at `at`. */
export function intIn(text: string, at: number): number {
  return (
    ((text.charCodeAt(at) << 24) |
      (text.charCodeAt(at + 1) << 16) |
      (text.charCodeAt(at + 2) << 8) |
      text.charCodeAt(at + 3)) >>>
    0
  );
}
