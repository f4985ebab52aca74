/** When the versions of one row began, oldest first. */
export class VersionTimes {
  readonly times: number[] = [];
  /** Whether the latest version is a tombstone. */
  deleted = false;

  /** Adds a version unless there is one of that time; gives its index. */
  add(timeMs: number, tombstone: boolean): number {
    const { times } = this;
    const at = this.indexOf(timeMs);
    if (times[at] !== timeMs) times.splice(at, 0, timeMs);
    if (at === times.length - 1) this.deleted = tombstone;
    return at;
  }

  /** Index of the first version at or after that time. */
  indexOf(timeMs: number): number {
    const { times } = this;
    const last = times.length - 1;
    if (last < 0 || times[last]! < timeMs) return last + 1;
    let low = 0;
    let high = last;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (times[middle]! < timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The version valid at that time; undefined when none had begun. */
  asOf(timeMs: number): number | undefined {
    const at = this.indexOf(timeMs);
    return this.times[at] === timeMs ? timeMs : this.times[at - 1];
  }
}
