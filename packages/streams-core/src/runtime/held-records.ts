import type { RecordContext, SourceBytes, StreamRecord, UnpreparedError } from "../model/index.js";
import type { TaskEnvironment } from "./task-environment.js";

type Unsent = StreamRecord<unknown, unknown>;

/** A record that was forwarded, and where the task stood then. */
interface Held {
  readonly record: Unsent;
  readonly place: RecordContext;
  readonly source: SourceBytes | null;
}

/**
 * Records of a sink that wait because a serde has to learn before it can write to a topic that only they name. The task takes
 * nothing more meanwhile, and a commit waits for them, as for the calls of asynchronous operators.
 */
export class HeldRecords {
  private readonly task: TaskEnvironment;
  private readonly send: (record: Unsent) => void;
  private held: Held[] = [];

  constructor(task: TaskEnvironment, send: (record: Unsent) => void) {
    this.task = task;
    this.send = send;
    // Has every commit look for such records, what caches hold back included.
    task.calls.used = true;
  }

  /** True: whatever comes next has to go behind them. */
  get waiting(): boolean {
    return this.held.length > 0;
  }

  add(record: Unsent): void {
    const { calls, current } = this.task;
    calls.addPending(1);
    const { source, ...place } = current.origin();
    this.held.push({ record, place, source: source ?? null });
  }

  /** Has the record, and those after it, sent once the serde is prepared. What preparing fails with, the task fails with. */
  wait(record: Unsent, unprepared: UnpreparedError): void {
    const { calls } = this.task;
    this.add(record);
    calls.addBusy(1);
    calls.addCalls(1);
    const settle = (failure: { readonly error: unknown } | null): void => {
      calls.addCalls(-1);
      calls.deliverSoon(() => this.release(failure));
    };
    unprepared.prepareSerde().then(
      () => settle(null),
      (error: unknown) => settle({ error }),
    );
  }

  private release(failure: { readonly error: unknown } | null): void {
    const { calls, current } = this.task;
    calls.addBusy(-1);
    if (failure !== null) throw failure.error;
    const released = this.held;
    this.held = [];
    for (const { record, place, source } of released) {
      calls.addPending(-1);
      current.moveTo(place, source);
      this.send(record);
    }
  }
}
