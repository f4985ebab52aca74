import Table from "cli-table3";
import { createLogUpdate } from "log-update";
import type { WordTotals } from "./word-totals.js";

/** What a person sees: a live table of the top words on a terminal, a line now and then elsewhere. */
export class Screen {
  readonly #live: ReturnType<typeof createLogUpdate> | null;
  readonly #out: NodeJS.WriteStream;
  #changes: string[] = [];
  #lastStatus = "";

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
    // A terminal that tells no height would be shown nothing: it gets plain lines.
    this.#live = out.isTTY && out.rows > 0 ? createLogUpdate(out) : null;
  }

  /** Shows an update with the next drawing, above it: it stays there. */
  changed(word: string, count: number): void {
    this.#changes.push(`${word}  ${count}`);
  }

  /** Draws the top words over what was drawn before. */
  draw(totals: WordTotals, status: string): void {
    const table = new Table({ head: ["word", "count"], colAligns: ["left", "right"], style: { head: [], border: [] } });
    for (const [word, count] of totals.top(10)) table.push([word, count]);
    this.#showChanges();
    if (this.#live !== null) this.#live(`${table.toString()}\n${status}`);
    else if (status !== this.#lastStatus) this.#out.write(`${status}\n`);
    this.#lastStatus = status;
  }

  /** Leaves the final table on the screen. */
  finish(totals: WordTotals, summary: string): void {
    const table = new Table({ head: ["word", "count"], colAligns: ["left", "right"], style: { head: [], border: [] } });
    for (const [word, count] of totals.top(20)) table.push([word, count]);
    const more =
      totals.counts.size > 20 ? `\n… and ${totals.counts.size - 20} more words (--json prints them all)` : "";
    this.#showChanges();
    const text = `${table.toString()}${more}\n${summary}`;
    if (this.#live !== null) {
      this.#live(text);
      this.#live.done();
    } else {
      this.#out.write(`${text}\n`);
    }
  }

  #showChanges(): void {
    if (this.#changes.length === 0) return;
    const lines = this.#changes.join("\n");
    this.#changes = [];
    if (this.#live !== null) this.#live.persist(lines);
    else this.#out.write(`${lines}\n`);
  }
}
