import { RecentValues, type Clock, type Metrics, type MetricTags } from "@millrace/kernel";

/** What a recent time is told as: the suffixes of its metrics (KIP-444). */
export type Facet = "rate" | "latency-avg" | "latency-max" | "ratio";

const readers: Readonly<Record<Facet, (values: RecentValues, nowMs: number) => number>> = {
  rate: (values, nowMs) => values.rate(nowMs),
  "latency-avg": (values, nowMs) => values.average(nowMs),
  "latency-max": (values, nowMs) => values.max(nowMs),
  ratio: (values, nowMs) => values.ratio(nowMs),
};

/** The gauges of something that comes and goes, such as a task: all of them go with `close`. */
export class Measures {
  readonly #metrics: Metrics;
  readonly #clock: Clock;
  readonly #group: string;
  readonly #tags: MetricTags;
  readonly #removals: (() => void)[] = [];

  constructor({ metrics, clock }: { metrics: Metrics; clock: Clock }, group: string, tags: MetricTags) {
    this.#metrics = metrics;
    this.#clock = clock;
    this.#group = group;
    this.#tags = tags;
  }

  /** A gauge of this group and tags; `more` tags are added to them. */
  gauge(name: string, read: () => number, more: MetricTags = {}): void {
    this.#removals.push(this.#metrics.gauge(this.#group, name, { ...this.#tags, ...more }, read));
  }

  /** How often something happens and how long it takes, as `<name>-rate` and so on. */
  times(name: string, facets: readonly Facet[]): RecentValues {
    const values = new RecentValues(this.#clock.monotonicMs());
    for (const facet of facets) this.#read(`${name}-${facet}`, values, readers[facet]);
    return values;
  }

  /** Average and greatest of some values, as `<name>-avg` and `<name>-max`. */
  values(name: string): RecentValues {
    const values = new RecentValues(this.#clock.monotonicMs());
    this.#read(`${name}-avg`, values, readers["latency-avg"]);
    this.#read(`${name}-max`, values, readers["latency-max"]);
    return values;
  }

  close(): void {
    for (const remove of this.#removals.splice(0)) remove();
  }

  #read(name: string, values: RecentValues, read: (values: RecentValues, nowMs: number) => number): void {
    this.gauge(name, () => read(values, this.#clock.monotonicMs()));
  }
}
