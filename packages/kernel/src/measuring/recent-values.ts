const SAMPLE_MS = 30_000;
/** Of something that has just begun nobody knows the rate. */
const ELAPSED_MS_MIN = 1_000;

/**
 * Average, greatest value and rate of something over the last 30 to 60 s, as Kafka's metrics have them: two samples of 30 s,
 * the older of which goes when a new one begins. Plain fields, written once a batch; times are those of a monotonic clock.
 */
export class RecentValues {
  #startMs: number;
  #count = 0;
  #sum = 0;
  #max = 0;
  #formerStartMs: number;
  #formerCount = 0;
  #formerSum = 0;
  #formerMax = 0;

  constructor(nowMs: number) {
    this.#startMs = nowMs;
    this.#formerStartMs = nowMs;
  }

  /** Adds `count` values at once, of which `sum` is the sum and `max` the greatest; none are negative. */
  add(count: number, sum: number, max: number, nowMs: number): void {
    if (nowMs - this.#startMs >= SAMPLE_MS) this.#rotate(nowMs);
    this.#count += count;
    this.#sum += sum;
    if (max > this.#max) this.#max = max;
  }

  /** 0 when there was none. */
  average(nowMs: number): number {
    this.#rotateIfDue(nowMs);
    const count = this.#count + this.#formerCount;
    return count === 0 ? 0 : (this.#sum + this.#formerSum) / count;
  }

  /** 0 when there was none. */
  max(nowMs: number): number {
    this.#rotateIfDue(nowMs);
    return Math.max(this.#max, this.#formerMax);
  }

  /** Values per second. */
  rate(nowMs: number): number {
    this.#rotateIfDue(nowMs);
    return ((this.#count + this.#formerCount) * 1_000) / this.#elapsedMs(nowMs);
  }

  /** For values that are times in ms: the share of all time that they took. */
  ratio(nowMs: number): number {
    this.#rotateIfDue(nowMs);
    return (this.#sum + this.#formerSum) / this.#elapsedMs(nowMs);
  }

  #elapsedMs(nowMs: number): number {
    return Math.max(ELAPSED_MS_MIN, nowMs - this.#formerStartMs);
  }

  #rotateIfDue(nowMs: number): void {
    if (nowMs - this.#startMs >= SAMPLE_MS) this.#rotate(nowMs);
  }

  #rotate(nowMs: number): void {
    const stale = nowMs - this.#startMs >= 2 * SAMPLE_MS;
    this.#formerStartMs = stale ? nowMs - SAMPLE_MS : this.#startMs;
    this.#formerCount = stale ? 0 : this.#count;
    this.#formerSum = stale ? 0 : this.#sum;
    this.#formerMax = stale ? 0 : this.#max;
    this.#startMs = stale ? nowMs : this.#startMs + SAMPLE_MS;
    this.#count = 0;
    this.#sum = 0;
    this.#max = 0;
  }
}
