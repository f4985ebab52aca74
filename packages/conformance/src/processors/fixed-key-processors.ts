import type { FixedKeyProcessor, FixedKeyProcessorContext, StateStore, StreamRecord } from "@millrace/streams-core";
import { made, type FunctionTable } from "../functions/function-table.js";
import { mapper, type Mapper } from "../functions/mappers.js";
import type { NamedFunction } from "../scenario.js";
import { functionIn, textIn } from "../values/fields.js";
import { num, text } from "../values/text.js";
import { rowValue, type AnyStore } from "./store-processor.js";

/** Gives each record another value, made with the help of a store by the name of `storeName` if there is one. */
class ValueChanger implements FixedKeyProcessor {
  private readonly change: (record: StreamRecord<unknown, unknown>, store: AnyStore) => unknown;
  private readonly storeName: string | null;
  private context!: FixedKeyProcessorContext;

  constructor(storeName: string | null, change: (record: StreamRecord<unknown, unknown>, store: AnyStore) => unknown) {
    this.storeName = storeName;
    this.change = change;
  }

  init(context: FixedKeyProcessorContext): void {
    this.context = context;
  }

  process(record: StreamRecord<unknown, unknown>): void {
    const store = this.storeName === null ? null : this.context.getStateStore<StateStore>(this.storeName);
    this.context.forward(record.withValue(this.change(record, store as AnyStore)));
  }
}

function countedSuffix({ key, value }: StreamRecord<unknown, unknown>, store: AnyStore): string {
  const countKey = key ?? "null";
  const count = num(store.get(countKey)) + 1;
  store.put(countKey, count);
  return `${text(value)}#${count}`;
}

function lookedUp({ key, value }: StreamRecord<unknown, unknown>, store: AnyStore): string {
  return `${text(value)}~${text(key === null ? null : rowValue(store.get(key)))}`;
}

const mapped =
  (map: Mapper) =>
  ({ key, value }: StreamRecord<unknown, unknown>): unknown =>
    map(key, value);

const FIXED_KEY_PROCESSORS: FunctionTable<() => FixedKeyProcessor> = {
  suffixCount: (args) => () => new ValueChanger(textIn(args, "store"), countedSuffix),
  lookup: (args) => () => new ValueChanger(textIn(args, "store"), lookedUp),
  mapFixed: (args) => () => new ValueChanger(null, mapped(mapper(functionIn(args, "fn")))),
};

/** Makes a new processor of that name on every call. */
export function fixedKeyProcessorMaker(named: NamedFunction): () => FixedKeyProcessor {
  return made("fixed-key processor", FIXED_KEY_PROCESSORS, named);
}
