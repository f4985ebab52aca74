const LENGTH_BYTES = 4;
/** Small answers are read in here, several at once; a larger one leaves it after its first bytes. */
const FIRST_READ_BYTES = 4096;

/** Cuts a stream of bytes into frames, each a length of four bytes and what it counts. A large one is read where it stays. */
export class FrameCutter {
  readonly #onFrame: (frame: Buffer) => void;
  readonly #first = Buffer.allocUnsafeSlow(FIRST_READ_BYTES);
  /** The frame that is being read; null: what was read so far lies in `first`. */
  #frame: Buffer | null = null;
  #filled = 0;

  constructor(onFrame: (frame: Buffer) => void) {
    this.#onFrame = onFrame;
  }

  /** Where the next bytes go; never empty. */
  room(): Buffer {
    return (this.#frame ?? this.#first).subarray(this.#filled);
  }

  /** Takes note of so many bytes put into {@link room}. Throws RangeError when they are no frames. */
  advance(bytes: number): void {
    this.#filled += bytes;
    if (this.#frame === null) this.#cutFirst();
    else if (this.#filled === this.#frame.length) {
      const frame = this.#frame;
      this.#frame = null;
      this.#filled = 0;
      this.#onFrame(frame);
    }
  }

  #cutFirst(): void {
    const first = this.#first;
    const end = this.#filled;
    let at = 0;
    while (end - at >= LENGTH_BYTES) {
      const bytes = LENGTH_BYTES + first.readInt32BE(at);
      if (bytes < LENGTH_BYTES) throw new RangeError("What the broker sends is not Kafka's protocol.");
      if (bytes > end - at) {
        if (bytes <= FIRST_READ_BYTES) break;
        this.#frame = Buffer.allocUnsafeSlow(bytes);
        this.#filled = first.copy(this.#frame, 0, at, end);
        return;
      }
      // A copy: the next answers are read over it.
      const frame = Buffer.from(first.subarray(at, at + bytes));
      at += bytes;
      this.#onFrame(frame);
    }
    if (at > 0) first.copyWithin(0, at, end);
    this.#filled = end - at;
  }
}
