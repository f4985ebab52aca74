import type { Clock } from "@millrace/kernel";

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const CALLS_KEPT = 60;

/** What happened in a simulation: a hash over every call, and the lines that a reader of a failure wants. */
export class SimulationTrace {
  readonly #clock: Clock;
  readonly #events: string[] = [];
  #calls: string[] = [];
  #hash = FNV_OFFSET;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The same for the same seed and program. */
  get hash(): number {
    return this.#hash >>> 0;
  }

  /** A call through a port. The last ones are kept. */
  call(text: string): void {
    this.#calls.push(this.#line(text));
    if (this.#calls.length >= 2 * CALLS_KEPT) this.#calls = this.#calls.slice(-CALLS_KEPT);
  }

  /** Something that befell an instance. All are kept. */
  event(text: string): void {
    const line = this.#line(text);
    this.#events.push(line);
    this.#calls.push(line);
  }

  /** All events, then the last calls and events, as lines. */
  toString(): string {
    return ["Events:", ...this.#events, "Last calls:", ...this.#calls.slice(-CALLS_KEPT)].join("\n");
  }

  #line(text: string): string {
    const line = `${this.#clock.monotonicMs()} ms: ${text}`;
    let hash = this.#hash;
    for (let index = 0; index < line.length; index++) hash = Math.imul(hash ^ line.charCodeAt(index), FNV_PRIME);
    this.#hash = hash;
    return line;
  }
}
