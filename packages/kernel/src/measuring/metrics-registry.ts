import type { Counter, Metrics, MetricTags, MetricValue } from "../metrics.js";

interface Entry {
  readonly group: string;
  readonly name: string;
  readonly tags: MetricTags;
  readonly sortKey: string;
  readonly read: () => number;
}

class RegistryCounter implements Counter {
  #total = 0;

  add(amount: number): void {
    this.#total += amount;
  }

  get total(): number {
    return this.#total;
  }
}

/** Keeps every counter and gauge it is asked for, for reporters and tests to read. */
export function metricsRegistry(): Metrics {
  return new MetricsRegistry();
}

class MetricsRegistry implements Metrics {
  readonly #counters = new Map<string, Counter>();
  readonly #entries = new Set<Entry>();

  counter(group: string, name: string, tags: MetricTags): Counter {
    const sortKey = metricSortKey(group, name, tags);
    const known = this.#counters.get(sortKey);
    if (known !== undefined) return known;
    const counter = new RegistryCounter();
    this.#counters.set(sortKey, counter);
    this.#entries.add({ group, name, tags: { ...tags }, sortKey, read: () => counter.total });
    return counter;
  }

  gauge(group: string, name: string, tags: MetricTags, read: () => number): () => void {
    const entry: Entry = { group, name, tags: { ...tags }, sortKey: metricSortKey(group, name, tags), read };
    this.#entries.add(entry);
    return () => {
      this.#entries.delete(entry);
    };
  }

  snapshot(): readonly MetricValue[] {
    return [...this.#entries]
      .sort((a, b) => (a.sortKey < b.sortKey ? -1 : a.sortKey > b.sortKey ? 1 : 0))
      .map(({ group, name, tags, read }) => ({ group, name, tags, value: read() }));
  }
}

/** NUL sorts before every other character, so that a group sorts before the groups it is a prefix of. */
function metricSortKey(group: string, name: string, tags: MetricTags): string {
  const parts = [group, name];
  for (const tag of Object.keys(tags).sort()) parts.push(tag, tags[tag]!);
  return parts.join("\0");
}
