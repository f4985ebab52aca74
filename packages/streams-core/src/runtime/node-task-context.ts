import {
  StreamsError,
  type AsyncWork,
  type Cancellable,
  type KeptTime,
  type NodeContext,
  type PunctuationOptions,
  type RecordContext,
  type RecordMetadata,
  type RecordOrigin,
  type StateStore,
  type StreamRecord,
} from "../model/index.js";
import type { CurrentRecord } from "../stores/index.js";
import type { NodeTarget } from "./node-target.js";
import type { TaskEnvironment } from "./task-environment.js";

/** What one node sees of its task. */
export class NodeTaskContext implements NodeContext {
  readonly applicationId: string;
  readonly taskId: string;
  /** Filled when the graph is linked. */
  readonly children: NodeTarget[] = [];
  readonly nodeName: string;
  private readonly task: TaskEnvironment;
  private readonly current: CurrentRecord;
  private readonly stores: ReadonlyMap<string, StateStore>;

  constructor(nodeName: string, task: TaskEnvironment, stores: ReadonlyMap<string, StateStore>) {
    this.nodeName = nodeName;
    this.applicationId = task.applicationId;
    this.taskId = task.taskId;
    this.task = task;
    this.current = task.current;
    this.stores = stores;
  }

  get recordContext(): RecordContext {
    return this.current;
  }

  emit(record: StreamRecord<unknown, unknown>): void {
    const { current, children } = this;
    if (record.timestamp !== current.timestamp || record.headers !== current.headers) {
      this.emitChanged(record);
      return;
    }
    for (let index = 0; index < children.length; index++) children[index]!.process(record);
  }

  emitFrom(origin: RecordOrigin, record: StreamRecord<unknown, unknown>): void {
    this.standingOn(origin, () => this.emit(record));
  }

  origin(): RecordOrigin {
    return this.current.origin();
  }

  failFrom(origin: RecordOrigin, error: unknown): void {
    this.standingOn(origin, () => this.task.processingFailed(this.nodeName, error));
  }

  asyncWork(): AsyncWork {
    const { calls } = this.task;
    calls.used = true;
    return calls;
  }

  forward(record: StreamRecord<unknown, unknown>, childName?: string): void {
    if (childName === undefined) {
      this.emit(record);
      return;
    }
    const child = this.children.find((candidate) => candidate.name === childName);
    if (child === undefined) {
      const known = this.children.map((candidate) => candidate.name).join(", ");
      throw new StreamsError(
        `Processor ${this.nodeName} forwards to ${childName}, which is none of its children (${known}). Connect it, or correct the name.`,
      );
    }
    this.within(record, child);
  }

  schedule(options: PunctuationOptions, callback: (timestampMs: number) => void): Cancellable {
    return this.task.punctuations.schedule(this.nodeName, options, this.currentSystemTimeMs(), callback);
  }

  commit(): void {
    this.task.commitRequested = true;
  }

  recordMetadata(): RecordMetadata | null {
    const { topic, partition, offset } = this.current;
    return topic === "" ? null : { topic, partition, offset };
  }

  currentStreamTimeMs(): number {
    return this.task.streamTimeMs;
  }

  currentSystemTimeMs(): number {
    return this.task.environment.clock.nowMs();
  }

  getStateStore<S extends StateStore>(name: string): S {
    const store = this.stores.get(name);
    if (store === undefined) {
      throw new StreamsError(
        `Processor ${this.nodeName} has no access to store ${name}. Connect it with connectProcessorAndStateStores, ` +
          `in the options of process(), or through the supplier's stores().`,
      );
    }
    return store as S;
  }

  dropRecord(reason: string): void {
    this.task.dropRecord(this.nodeName, reason);
  }

  keptTime(name: string): KeptTime {
    return this.task.keptTime(name);
  }

  keptTimeMs(name: string): number | null {
    const { timeMs } = this.task.keptTime(name);
    return timeMs < 0 ? null : timeMs;
  }

  keepTimeMs(name: string, timeMs: number): void {
    this.task.keepTimeMs(name, timeMs);
  }

  warn(reason: string): void {
    this.task.warn(this.nodeName, reason);
  }

  /** For records that have waited: no hot path. */
  private standingOn(origin: RecordOrigin, action: () => void): void {
    const { current } = this;
    const { source } = current;
    const before = current.snapshot();
    current.moveTo(origin, origin.source ?? null);
    try {
      action();
    } finally {
      current.moveTo(before, source);
    }
  }

  /** Children see timestamp and headers of the record forwarded to them, and so do the stores they write (T5). */
  private emitChanged(record: StreamRecord<unknown, unknown>): void {
    const { current, children } = this;
    const { timestamp, headers } = current;
    current.timestamp = record.timestamp;
    current.headers = record.headers;
    try {
      for (let index = 0; index < children.length; index++) children[index]!.process(record);
    } finally {
      current.timestamp = timestamp;
      current.headers = headers;
    }
  }

  private within(record: StreamRecord<unknown, unknown>, child: NodeTarget): void {
    const { current } = this;
    const { timestamp, headers } = current;
    current.timestamp = record.timestamp;
    current.headers = record.headers;
    try {
      child.process(record);
    } finally {
      current.timestamp = timestamp;
      current.headers = headers;
    }
  }
}
