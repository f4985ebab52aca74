/** A key within a window. `endMs` is exclusive for time windows, inclusive for sliding and session windows (as in Kafka Streams). */
export class Windowed<K> {
  readonly key: K;
  readonly startMs: number;
  readonly endMs: number;

  constructor(key: K, startMs: number, endMs: number) {
    this.key = key;
    this.startMs = startMs;
    this.endMs = endMs;
  }
}
