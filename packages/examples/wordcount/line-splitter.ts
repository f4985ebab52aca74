const newline = 0x0a;
const longLineBytes = 64 * 1024;

/**
 * Cuts a stream of chunks into lines, as bytes. A line longer than 64 KiB is cut between two words, so that one endless
 * line does not become one endless record.
 */
export class LineSplitter {
  #rest: Buffer = Buffer.alloc(0);

  /** The lines that end in this chunk. */
  push(chunk: Buffer): Buffer[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      lines.push(bytes.subarray(start, end + 1));
      start = end + 1;
    }
    if (bytes.length - start > longLineBytes) {
      const cut = lastWordEnd(bytes, start);
      if (cut > start) {
        lines.push(bytes.subarray(start, cut));
        start = cut;
      }
    }
    this.#rest = bytes.subarray(start);
    return lines;
  }

  /** What is left when the input has ended: a last line without a line end, or nothing. */
  end(): Buffer[] {
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    return rest.length === 0 ? [] : [rest];
  }
}

/** Just after the last byte at or after `start` that belongs to no word; `start` when there is none. */
function lastWordEnd(bytes: Buffer, start: number): number {
  for (let at = bytes.length - 1; at >= start; at--) {
    if (!isWordByte(bytes[at] ?? 0)) return at + 1;
  }
  return start;
}

function isWordByte(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a) || byte === 0x5f
  );
}
