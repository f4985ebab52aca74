import type { StoreKey } from "@millrace/state-stores";

/** The rows of one key: parallel lists sorted by time, then by second number. */
export class KeyTimes {
  readonly times: number[];
  readonly seconds: number[];

  /** Most keys have few rows: a list that begins with one takes a third of what an empty one takes that grows. */
  constructor(timeMs: number, second: number) {
    this.times = [timeMs];
    this.seconds = [second];
  }

  /** Nothing when the row is there already. */
  add(timeMs: number, second: number): void {
    const { times, seconds } = this;
    const last = times.length - 1;
    // Most rows come in order.
    if (last < 0 || timeMs > times[last]! || (timeMs === times[last] && second > seconds[last]!)) {
      times.push(timeMs);
      seconds.push(second);
      return;
    }
    const at = this.indexOf(timeMs, second);
    if (times[at] === timeMs && seconds[at] === second) return;
    times.splice(at, 0, timeMs);
    seconds.splice(at, 0, second);
  }

  remove(timeMs: number, second: number): void {
    const at = this.indexOf(timeMs, second);
    if (this.times[at] !== timeMs || this.seconds[at] !== second) return;
    this.times.splice(at, 1);
    this.seconds.splice(at, 1);
  }

  /** Index of the first row at or after this one. */
  indexOf(timeMs: number, second: number): number {
    const { times, seconds } = this;
    let low = 0;
    let high = times.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const time = times[middle]!;
      if (time < timeMs || (time === timeMs && seconds[middle]! < second)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Forgets rows up to `timeMs` for which `gone` says so. */
  prune(timeMs: number, gone: (timeMs: number, second: number) => boolean): void {
    const { times, seconds } = this;
    const end = this.indexOf(timeMs, Infinity);
    let kept = 0;
    for (let at = 0; at < end; at++) {
      if (gone(times[at]!, seconds[at]!)) continue;
      times[kept] = times[at]!;
      seconds[kept++] = seconds[at]!;
    }
    times.splice(kept, end - kept);
    seconds.splice(kept, end - kept);
  }
}

/** Which rows there are of each key: what makes reads by key point reads, whatever the engine. */
export class LiveRows {
  private readonly byKey = new Map<StoreKey, KeyTimes>();

  of(key: StoreKey): KeyTimes | undefined {
    return this.byKey.get(key);
  }

  add(key: StoreKey, timeMs: number, second: number): void {
    const rows = this.byKey.get(key);
    if (rows === undefined) this.byKey.set(key, new KeyTimes(timeMs, second));
    else rows.add(timeMs, second);
  }

  remove(key: StoreKey, timeMs: number, second: number): void {
    const rows = this.byKey.get(key);
    if (rows === undefined) return;
    rows.remove(timeMs, second);
    if (rows.times.length === 0) this.byKey.delete(key);
  }

  /** Forgets rows up to `timeMs` for which `gone` says so. */
  prune(timeMs: number, gone: (key: StoreKey, timeMs: number, second: number) => boolean): void {
    for (const [key, rows] of this.byKey) {
      if (rows.times[0]! > timeMs) continue;
      rows.prune(timeMs, (time, second) => gone(key, time, second));
      if (rows.times.length === 0) this.byKey.delete(key);
    }
  }
}
