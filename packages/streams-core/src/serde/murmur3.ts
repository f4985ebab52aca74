/** 64 bits as two signed halves. The arithmetic wraps, as that of Java's `long`; bigints would cost an object a step. */
class Word {
  hi = 0;
  lo = 0;

  set(hi: number, lo: number): void {
    this.hi = hi;
    this.lo = lo;
  }

  xor(other: Word): void {
    this.hi ^= other.hi;
    this.lo ^= other.lo;
  }

  add(otherHi: number, otherLo: number): void {
    const low = (this.lo >>> 0) + (otherLo >>> 0);
    this.lo = low | 0;
    this.hi = (this.hi + otherHi + (low > 0xffff_ffff ? 1 : 0)) | 0;
  }

  multiply(otherHi: number, otherLo: number): void {
    const { hi, lo } = this;
    const low = lo & 0xffff;
    const high = lo >>> 16;
    const otherLow = otherLo & 0xffff;
    const otherHigh = otherLo >>> 16;
    // Products of 16 bits each, so that none leaves the integers a double holds.
    const first = low * otherLow;
    const second = high * otherLow + (first >>> 16);
    const third = low * otherHigh + (second & 0xffff);
    const carried = high * otherHigh + (second >>> 16) + (third >>> 16);
    this.lo = (third << 16) | (first & 0xffff);
    this.hi = (carried + Math.imul(hi, otherLo) + Math.imul(lo, otherHi)) | 0;
  }

  /** By 1 to 31 bits. */
  rotateLeft(bits: number): void {
    const { hi, lo } = this;
    this.hi = (hi << bits) | (lo >>> (32 - bits));
    this.lo = (lo << bits) | (hi >>> (32 - bits));
  }

  swapHalves(): void {
    this.set(this.lo, this.hi);
  }

  /** Spreads every bit over all of them. */
  finish(): void {
    this.lo ^= this.hi >>> 1;
    this.multiply(0xff51afd7, 0xed558ccd);
    this.lo ^= this.hi >>> 1;
    this.multiply(0xc4ceb9fe, 0x1a85ec53);
    this.lo ^= this.hi >>> 1;
  }
}

/** Hive's seed, which Kafka Streams took over. */
const SEED = 104_729;
const first = new Word();
const second = new Word();
const block = new Word();

function mixFirst(): void {
  block.multiply(0x87c37b91, 0x114253d5);
  block.rotateLeft(31);
  block.multiply(0x4cf5ad43, 0x2745937f);
  first.xor(block);
}

function mixSecond(): void {
  block.multiply(0x4cf5ad43, 0x2745937f);
  block.swapHalves();
  block.rotateLeft(1);
  block.multiply(0x87c37b91, 0x114253d5);
  second.xor(block);
}

function wholeBlocks(view: DataView, end: number): void {
  for (let at = 0; at < end; at += 16) {
    block.set(view.getInt32(at + 4, true), view.getInt32(at, true));
    mixFirst();
    first.rotateLeft(27);
    first.add(second.hi, second.lo);
    first.multiply(0, 5);
    first.add(0, 0x52dce729);
    block.set(view.getInt32(at + 12, true), view.getInt32(at + 8, true));
    mixSecond();
    second.rotateLeft(31);
    second.add(first.hi, first.lo);
    second.multiply(0, 5);
    second.add(0, 0x38495ab5);
  }
}

/** Up to eight bytes, little-endian. */
function loadBlock(bytes: Uint8Array, start: number, end: number): void {
  let hi = 0;
  let lo = 0;
  for (let at = start; at < end; at++) {
    const bit = (at - start) * 8;
    if (bit < 32) lo |= bytes[at]! << bit;
    else hi |= bytes[at]! << (bit - 32);
  }
  block.set(hi, lo);
}

/**
 * Murmur3's 128-bit hash for 64-bit machines, with the seed by which Kafka Streams tells whether the answer to a
 * foreign-key join is stale (J12). Gives 16 bytes, big-endian.
 */
export function murmur3(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  const tail = length - (length % 16);
  first.set(0, SEED);
  second.set(0, SEED);
  wholeBlocks(new DataView(bytes.buffer, bytes.byteOffset, length), tail);
  if (length > tail + 8) {
    loadBlock(bytes, tail + 8, length);
    mixSecond();
  }
  if (length > tail) {
    loadBlock(bytes, tail, Math.min(length, tail + 8));
    mixFirst();
  }
  first.lo ^= length;
  second.lo ^= length;
  first.add(second.hi, second.lo);
  second.add(first.hi, first.lo);
  first.finish();
  second.finish();
  first.add(second.hi, second.lo);
  second.add(first.hi, first.lo);
  const hash = new Uint8Array(16);
  const words = new DataView(hash.buffer);
  words.setInt32(0, first.hi);
  words.setInt32(4, first.lo);
  words.setInt32(8, second.hi);
  words.setInt32(12, second.lo);
  return hash;
}
