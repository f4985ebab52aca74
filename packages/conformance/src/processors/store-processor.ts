import type { KeyValueStore, Processor, ProcessorContext, StateStore, StreamRecord } from "@millrace/streams-core";

/** The stores of the scenarios hold texts and numbers; which of them is for the scenario to get right. */
export type AnyStore = KeyValueStore<unknown, unknown>;

/** A processor that keeps its context. */
export abstract class ContextProcessor implements Processor {
  protected context!: ProcessorContext;

  init(context: ProcessorContext): void {
    this.context = context;
  }

  abstract process(record: StreamRecord<unknown, unknown>): void;
}

/** A processor that uses one key-value store. */
export abstract class StoreProcessor extends ContextProcessor {
  private readonly storeName: string;

  constructor(storeName: string) {
    super();
    this.storeName = storeName;
  }

  protected get store(): AnyStore {
    return this.context.getStateStore<StateStore>(this.storeName) as AnyStore;
  }
}

/** The value of a row, whether or not the store keeps a timestamp beside it. */
export function rowValue(row: unknown): unknown {
  return typeof row === "object" && row !== null && "timestamp" in row && "value" in row ? row.value : row;
}
