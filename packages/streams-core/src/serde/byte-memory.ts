/** Where bytes are written to. */
export interface ByteMemory {
  /** So many bytes, whose content is anything. */
  of(length: number): Uint8Array;
}

/** Memory that belongs to whoever gets it. */
export const ownMemory: ByteMemory = { of: (length) => new Uint8Array(length) };

const REUSED_BYTES_MAX = 128;

/**
 * Gives the same array for the same length again and again: for bytes that are copied before the next ones are asked
 * for. Small arrays cost more to make than to fill.
 */
export class ReusedMemory implements ByteMemory {
  readonly #arrays: (Uint8Array | undefined)[] = [];

  of(length: number): Uint8Array {
    if (length > REUSED_BYTES_MAX) return new Uint8Array(length);
    return (this.#arrays[length] ??= new Uint8Array(length));
  }
}

const SLAB_BYTES = 8192;
const SLAB_ROW_BYTES_MAX = 512;
const ALIGNED_BYTES = 8;

/**
 * Cuts small arrays out of larger buffers: half the time and memory of arrays with buffers of their own, where they are
 * kept. A buffer is freed with the last of its arrays.
 */
export class SlabMemory implements ByteMemory {
  #slab = new ArrayBuffer(SLAB_BYTES);
  #used = 0;

  of(length: number): Uint8Array {
    if (length > SLAB_ROW_BYTES_MAX) return new Uint8Array(length);
    if (this.#used + length > SLAB_BYTES) {
      this.#slab = new ArrayBuffer(SLAB_BYTES);
      this.#used = 0;
    }
    const bytes = new Uint8Array(this.#slab, this.#used, length);
    this.#used += (length + ALIGNED_BYTES - 1) & -ALIGNED_BYTES;
    return bytes;
  }
}
