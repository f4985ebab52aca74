/** Room above a full batch, for the record that fills it. */
const SLACK_BYTES = 2048;

/** Buffers of one size that take turns: a batch's bytes are used again for a later batch. */
export class BatchBuffers {
  /** Size of each. */
  readonly bytes: number;
  readonly #keep: number;
  readonly #free: Buffer<ArrayBuffer>[] = [];

  /** Keeps at most `keep` of them that nobody uses. */
  constructor(fullBytes: number, keep: number) {
    this.bytes = fullBytes + SLACK_BYTES;
    this.#keep = keep;
  }

  take(): Buffer<ArrayBuffer> {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.bytes);
  }

  /** Takes back the buffer behind `view`, if it is one of these. Nobody may look at it any more. */
  give(view: Uint8Array): void {
    if (view.buffer.byteLength !== this.bytes || view.byteOffset !== 0) return;
    if (this.#free.length < this.#keep) this.#free.push(Buffer.from(view.buffer as ArrayBuffer));
  }
}
