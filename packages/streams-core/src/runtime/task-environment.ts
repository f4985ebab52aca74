import type { Counter, Environment } from "@millrace/kernel";
import {
  unpreparedError,
  type ErrorContext,
  type KeptTime,
  type ProductionErrorContext,
  type UnpreparedError,
} from "../model/index.js";
import { CurrentRecord, type SourceBytes } from "../stores/index.js";
import { AsyncCalls } from "./async-calls.js";
import { ErrorDecisions } from "./error-decisions.js";
import { Punctuations } from "./punctuation.js";
import type { OutgoingRecord, RecordCollector } from "./record-collector.js";
import type { TaskConfig } from "./task-config.js";
import { ProcessingError, ProductionError, isFinal } from "./task-errors.js";

const WARN_INTERVAL_MS = 1000;

export interface TaskEnvironmentOptions {
  readonly applicationId: string;
  readonly taskId: string;
  readonly environment: Environment;
  readonly config: TaskConfig;
  /** Where dead letters go; null: nowhere. */
  readonly collector: RecordCollector | null;
}

/** What the nodes of a task share. */
export class TaskEnvironment {
  readonly applicationId: string;
  readonly taskId: string;
  readonly environment: Environment;
  readonly config: TaskConfig;
  readonly decisions: ErrorDecisions;
  readonly current = new CurrentRecord();
  readonly punctuations = new Punctuations();
  readonly calls: AsyncCalls;
  /** Greatest timestamp taken so far (T1); -1 at first. */
  streamTimeMs = -1;
  /** Who counts for themselves, in plain fields, and tells the metrics between turns. */
  readonly counting: { report(): void }[] = [];
  private readonly keptTimes = new Map<string, KeptTime>();
  commitRequested = false;
  /** Why a record cannot be read yet: nothing more is processed before its serde is prepared. */
  unprepared: UnpreparedError | null = null;
  droppedRecords = 0;
  private readonly droppedCounter: Counter;
  private readonly warnedAtMs = new Map<string, number>();

  constructor({ applicationId, taskId, environment, config, collector }: TaskEnvironmentOptions) {
    this.applicationId = applicationId;
    this.taskId = taskId;
    this.environment = environment;
    this.config = config;
    this.decisions = new ErrorDecisions(config.errors, taskId, environment, collector);
    this.calls = new AsyncCalls(environment.scheduler);
    this.droppedCounter = environment.metrics.counter("stream-task", "dropped-records-total", { task: taskId });
    collector?.onRefused?.((record, error) => this.refused(record, error));
  }

  /** Brings the metrics up to date. */
  report(): void {
    for (const one of this.counting) one.report();
  }

  /** Partitions may have been committed at different moments: the greatest time counts. */
  keepTimeMs(name: string, timeMs: number): void {
    const kept = this.keptTime(name);
    if (kept.timeMs < timeMs) kept.timeMs = timeMs;
  }

  keptTime(name: string): KeptTime {
    let kept = this.keptTimes.get(name);
    if (kept === undefined) this.keptTimes.set(name, (kept = { timeMs: -1 }));
    return kept;
  }

  /** Times that operators keep with the committed offsets (T3). */
  operatorTimesMs(): ReadonlyMap<string, number> {
    const times = new Map<string, number>();
    for (const [name, { timeMs }] of this.keptTimes) if (timeMs >= 0) times.set(name, timeMs);
    return times;
  }

  /** Nothing may be taken: an asynchronous operator is full, or a serde has to be prepared. */
  get held(): boolean {
    return this.calls.busy > 0 || this.unprepared !== null;
  }

  /** Counts the current record as dropped (T7) and warns, at most once a second per node. */
  dropRecord(nodeName: string, reason: string): void {
    this.droppedRecords++;
    this.droppedCounter.add(1);
    this.warn(nodeName, `Record dropped: ${reason}`);
  }

  /** Warns about the current record, at most once a second per node. */
  warn(nodeName: string, message: string): void {
    const nowMs = this.environment.clock.monotonicMs();
    if (nowMs - (this.warnedAtMs.get(nodeName) ?? -Infinity) < WARN_INTERVAL_MS) return;
    this.warnedAtMs.set(nodeName, nowMs);
    const { topic, partition, offset } = this.current;
    this.environment.logger.warn(message, { task: this.taskId, node: nodeName, topic, partition, offset });
  }

  errorContext(nodeName: string): ErrorContext {
    return errorContextOf(this.current, this.current.source, nodeName, this.taskId);
  }

  /** User code of a node threw: asks the processing handler. Returns when the record is to be dropped. */
  processingFailed(nodeName: string, error: unknown): void {
    if (isFinal(error)) throw error;
    const context = this.errorContext(nodeName);
    if (this.decisions.onProcessing(context, error) === "fail") throw new ProcessingError(context, error);
    this.dropRecord(nodeName, `processing failed: ${String(error)}`);
  }

  /** A record of this task cannot be written: asks the production handler. Returns when it is to be dropped. */
  productionFailed(target: ProductionTarget, error: unknown): void {
    if (unpreparedError(error) !== null) throw error;
    const context = {
      ...{ ...this.errorContext(target.nodeName), targetTopic: target.topic, targetPartition: target.partition },
      ...{ failed: target.failed, records: 1, retriable: false },
    };
    if (this.decisions.onProduction(context, error) !== "continue") {
      throw new ProductionError(context, target.topic, error);
    }
    this.dropRecord(target.nodeName, `cannot be written to ${target.topic}: ${String(error)}`);
  }

  private refused(record: OutgoingRecord, error: unknown): void {
    const { topic, origin: nodeName } = record;
    if (this.decisions.isDeadLetter(record)) {
      throw new ProductionError(this.errorContext(nodeName), topic, error);
    }
    const partition = typeof record.partition === "number" ? record.partition : -1;
    this.productionFailed({ topic, partition, nodeName, failed: "send" }, error);
  }
}

/** What could not be written, and where. */
export interface ProductionTarget {
  readonly topic: string;
  readonly partition: number;
  readonly nodeName: string;
  readonly failed: ProductionErrorContext["failed"];
}

/** What a handler sees. */
export function errorContextOf(
  current: Pick<ErrorContext, "topic" | "partition" | "offset" | "timestamp" | "headers">,
  source: SourceBytes | null,
  nodeName: string,
  taskId: string,
): ErrorContext {
  const { topic, partition, offset, timestamp, headers } = current;
  return {
    topic,
    partition,
    offset,
    timestamp,
    headers,
    rawKey: source === null ? null : source.rawKey(),
    rawValue: source === null ? null : source.rawValue(),
    nodeName,
    taskId,
  };
}
