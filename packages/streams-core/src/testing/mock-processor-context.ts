import { memoryTaskState, type TaskState } from "@millrace/state-stores";
import {
  StreamsError,
  type Cancellable,
  type ProcessorContext,
  type PunctuationOptions,
  type RecordMetadata,
  type StateStore,
  type StoreBuilder,
  type StreamRecord,
} from "../model/index.js";
import { CurrentRecord, openStore, RecordCache } from "../stores/index.js";

/** A record that a processor forwarded. */
export interface CapturedForward<K = unknown, V = unknown> {
  readonly record: StreamRecord<K, V>;
  /** Null: to all children. */
  readonly childName: string | null;
}

/** A punctuator that a processor scheduled. Call `callback` to fire it. */
export interface CapturedPunctuator extends PunctuationOptions, Cancellable {
  readonly callback: (timestampMs: number) => void;
  readonly cancelled: boolean;
}

export interface MockProcessorContextOptions {
  /** Default "test". */
  readonly applicationId?: string;
  /** Default "0_0". */
  readonly taskId?: string;
}

/**
 * A context for testing one processor by itself: keeps what it forwards, schedules and asks for. Time stands where the
 * test puts it and nothing fires by itself; {@link TopologyTestDriver} runs whole topologies.
 *
 * @example
 * const context = new MockProcessorContext<string, number>();
 * const store = context.addStateStore(keyValueStore({ name: "seen", key: serdes.string, value: serdes.long }));
 * processor.init(context);
 * processor.process(new StreamRecord("a", 1, 0, []));
 * context.forwarded(); // [{ record, childName: null }]
 */
export class MockProcessorContext<KOut = unknown, VOut = unknown> implements ProcessorContext<KOut, VOut> {
  readonly applicationId: string;
  readonly taskId: string;
  /** True once the processor asked for a commit; set it back between steps. */
  commitRequested = false;
  /** What `currentStreamTimeMs` gives. */
  streamTimeMs = -1;
  /** What `currentSystemTimeMs` gives. */
  systemTimeMs = 0;
  private readonly state: TaskState;
  private readonly stores = new Map<string, StateStore>();
  private readonly current = new CurrentRecord();
  private forwards: CapturedForward<KOut, VOut>[] = [];
  private readonly scheduled: CapturedPunctuator[] = [];

  constructor({ applicationId = "test", taskId = "0_0" }: MockProcessorContextOptions = {}) {
    this.applicationId = applicationId;
    this.taskId = taskId;
    this.state = memoryTaskState(taskId);
  }

  /** Makes the store, in memory, without cache and changelog, and lets the processor have it. */
  addStateStore<S extends StateStore>(builder: StoreBuilder<S>): S {
    const { name } = builder;
    const { store } = openStore(
      { ...builder, caching: false },
      {
        rows: this.state.store(name),
        topic: `${this.applicationId}-${name}-changelog`,
        changelog: null,
        cache: new RecordCache(0),
        current: this.current,
        persistent: false,
      },
    );
    this.stores.set(name, store);
    return store as S;
  }

  /** What `recordMetadata` gives; null as in a punctuator. Null at first. */
  setRecordMetadata(metadata: RecordMetadata | null): void {
    this.current.detach(-1);
    if (metadata !== null) Object.assign(this.current, metadata);
  }

  /** What was forwarded so far, in order; with a name, only what that child would get. */
  forwarded(childName?: string): readonly CapturedForward<KOut, VOut>[] {
    if (childName === undefined) return [...this.forwards];
    return this.forwards.filter((forward) => forward.childName === null || forward.childName === childName);
  }

  resetForwards(): void {
    this.forwards = [];
  }

  /** What was scheduled so far, in order; cancelled ones too. */
  scheduledPunctuators(): readonly CapturedPunctuator[] {
    return [...this.scheduled];
  }

  forward<K extends KOut, V extends VOut>(record: StreamRecord<K, V>, childName?: string): void {
    this.forwards.push({ record, childName: childName ?? null });
  }

  schedule(options: PunctuationOptions, callback: (timestampMs: number) => void): Cancellable {
    const punctuator = {
      ...options,
      callback,
      cancelled: false,
      cancel(): void {
        punctuator.cancelled = true;
      },
    };
    this.scheduled.push(punctuator);
    return punctuator;
  }

  commit(): void {
    this.commitRequested = true;
  }

  recordMetadata(): RecordMetadata | null {
    const { topic, partition, offset } = this.current;
    return topic === "" ? null : { topic, partition, offset };
  }

  currentStreamTimeMs(): number {
    return this.streamTimeMs;
  }

  currentSystemTimeMs(): number {
    return this.systemTimeMs;
  }

  getStateStore<S extends StateStore>(name: string): S {
    const store = this.stores.get(name);
    if (store === undefined)
      throw new StreamsError(`The context has no store ${name}. Add it with addStateStore before init().`);
    return store as S;
  }
}
