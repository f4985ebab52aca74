import type { Processor, ProcessorContext, StreamRecord } from "../model/index.js";
import type { NodeTarget } from "./node-target.js";
import type { NodeTaskContext } from "./node-task-context.js";
import type { TaskEnvironment } from "./task-environment.js";
import { TaskError } from "./task-errors.js";

/** A processor at work in a task: what it throws goes to the processing handler. */
export class NodeProcessor implements NodeTarget {
  readonly name: string;
  readonly context: NodeTaskContext;
  private readonly processor: Processor;
  private readonly task: TaskEnvironment;
  private open = false;

  constructor(name: string, processor: Processor, context: NodeTaskContext, task: TaskEnvironment) {
    this.name = name;
    this.processor = processor;
    this.context = context;
    this.task = task;
  }

  init(): void {
    this.open = true;
    try {
      this.processor.init?.(this.context as ProcessorContext);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new TaskError(`Processor ${this.name} of task ${this.task.taskId} failed in init(): ${reason}`, { cause });
    }
  }

  process(record: StreamRecord<unknown, unknown>): void {
    try {
      this.processor.process(record);
    } catch (error) {
      this.task.processingFailed(this.name, error);
    }
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    this.processor.close?.();
  }
}
