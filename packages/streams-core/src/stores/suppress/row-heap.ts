import type { BufferedRow } from "./buffered-row.js";

/** Rows of which the oldest is found at once; of those of one time, the one with the smallest key. */
export class RowHeap {
  private readonly rows: BufferedRow[] = [];
  private readonly positions = new Map<string, number>();

  get size(): number {
    return this.rows.length;
  }

  oldest(): BufferedRow | null {
    return this.rows[0] ?? null;
  }

  find(key: string): BufferedRow | null {
    const position = this.positions.get(key);
    return position === undefined ? null : this.rows[position]!;
  }

  all(): readonly BufferedRow[] {
    return this.rows;
  }

  /** Adds a row, or puts it in the place of the one of its key, which must have the same time. */
  put(row: BufferedRow): void {
    const position = this.positions.get(row.key);
    if (position !== undefined) {
      this.rows[position] = row;
      return;
    }
    this.rows.push(row);
    this.up(this.rows.length - 1, row);
  }

  removeOldest(): void {
    const { rows } = this;
    const [first] = rows;
    const last = rows.pop();
    if (first === undefined || last === undefined) return;
    this.positions.delete(first.key);
    if (last !== first) this.down(last);
  }

  private up(from: number, row: BufferedRow): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (!isBefore(row, this.rows[parent]!)) break;
      this.place(this.rows[parent]!, at);
      at = parent;
    }
    this.place(row, at);
  }

  private down(row: BufferedRow): void {
    const { rows } = this;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= rows.length) break;
      if (child + 1 < rows.length && isBefore(rows[child + 1]!, rows[child]!)) child++;
      if (!isBefore(rows[child]!, row)) break;
      this.place(rows[child]!, at);
      at = child;
    }
    this.place(row, at);
  }

  private place(row: BufferedRow, at: number): void {
    this.rows[at] = row;
    this.positions.set(row.key, at);
  }
}

function isBefore(left: BufferedRow, right: BufferedRow): boolean {
  return left.timeMs < right.timeMs || (left.timeMs === right.timeMs && left.key < right.key);
}
