import { noHeaders, StreamRecord, type Cancellable, type ProcessorContext } from "@millrace/streams-core";
import { num } from "../values/text.js";
import { StoreProcessor } from "./store-processor.js";

export interface CountPunctuatorArguments {
  readonly store: string;
  readonly intervalMs: number;
  readonly type: "stream-time" | "wall-clock";
  readonly startMs: number | null;
  /** Null: never. */
  readonly cancelAfter: number | null;
}

/** Counts records per key and forwards all counts every interval, then a tick with the stream time. */
export class CountPunctuator extends StoreProcessor {
  private readonly args: CountPunctuatorArguments;
  private schedule: Cancellable | null = null;
  private firings = 0;

  constructor(args: CountPunctuatorArguments) {
    super(args.store);
    this.args = args;
  }

  override init(context: ProcessorContext): void {
    super.init(context);
    const { intervalMs, type, startMs } = this.args;
    const options = startMs === null ? { intervalMs, type } : { intervalMs, type, startMs };
    this.schedule = context.schedule(options, (timestampMs) => this.punctuate(timestampMs));
  }

  process({ key }: StreamRecord<unknown, unknown>): void {
    if (key !== null) this.store.put(key, num(this.store.get(key)) + 1);
  }

  private punctuate(timestampMs: number): void {
    const { context } = this;
    for (const { key, value } of [...this.store.all()]) {
      context.forward(new StreamRecord(key, value, timestampMs, noHeaders));
    }
    context.forward(new StreamRecord("tick", context.currentStreamTimeMs(), timestampMs, noHeaders));
    this.firings++;
    if (this.firings === this.args.cancelAfter) this.schedule?.cancel();
  }
}
