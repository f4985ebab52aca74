import type {
  CogroupedKStream,
  GlobalKTable,
  KGroupedStream,
  KGroupedTable,
  KStream,
  KTable,
  SessionWindowedCogroupedKStream,
  SessionWindowedKStream,
  StreamsBuilder,
} from "@millrace/streams-core";
import type { Operation } from "../scenario.js";
import { textIn } from "../values/fields.js";
import { MalformedScenarioError } from "../values/malformed-scenario-error.js";
import type { StoreDefaults } from "./options.js";
import type { TopicSerdes } from "./topic-serdes.js";

// The scenarios are data: what flows through their topologies is known to nobody at compile time.
export type AnyStream = KStream<unknown, unknown>;
export type AnyTable = KTable<unknown, unknown>;
export type AnyGroupedStream = KGroupedStream<unknown, unknown>;
export type AnyGroupedTable = KGroupedTable<unknown, unknown>;

/** Sessions take what the others take, and a merger. */
export type AnyWindowedStream = SessionWindowedKStream<unknown, unknown>;
/** Scenarios give the initializer last, with the aggregate. */
export type CogroupedStreams = (init: () => unknown) => CogroupedKStream<unknown, unknown>;
export type WindowedCogroupedStreams = (
  init: () => unknown,
) => Pick<SessionWindowedCogroupedKStream<unknown, unknown>, "aggregate">;

/** What an operation made, under its id. */
export type Result =
  | { readonly kind: "stream"; readonly stream: AnyStream }
  | { readonly kind: "table"; readonly table: AnyTable }
  | { readonly kind: "global table"; readonly table: GlobalKTable<unknown, unknown> }
  | { readonly kind: "grouped stream"; readonly grouped: AnyGroupedStream }
  | { readonly kind: "windowed stream"; readonly windowed: AnyWindowedStream }
  | { readonly kind: "cogrouped streams"; readonly streams: CogroupedStreams }
  | { readonly kind: "windowed cogrouped streams"; readonly streams: WindowedCogroupedStreams }
  | { readonly kind: "grouped table"; readonly grouped: AnyGroupedTable };

/** A topology in the making: the builder, and the results of the operations so far. */
export class Scene {
  readonly builder: StreamsBuilder<unknown, unknown>;
  readonly serdes: TopicSerdes;
  readonly storeDefaults: StoreDefaults;
  readonly #results = new Map<string, Result>();

  constructor(builder: StreamsBuilder<unknown, unknown>, serdes: TopicSerdes, storeDefaults: StoreDefaults) {
    this.builder = builder;
    this.serdes = serdes;
    this.storeDefaults = storeDefaults;
  }

  keep(id: string, result: Result): void {
    this.#results.set(id, result);
  }

  /** What the operation's `from` (or another field) refers to. */
  result(operation: Operation, field = "from"): Result {
    const id = textIn(operation, field);
    const result = this.#results.get(id);
    if (result === undefined) throw new MalformedScenarioError(`${operation.op} refers to unknown ${id}`);
    return result;
  }

  stream(operation: Operation, field = "from"): AnyStream {
    const result = this.result(operation, field);
    if (result.kind !== "stream") throw new MalformedScenarioError(`${operation.op} of a ${result.kind}`);
    return result.stream;
  }

  group(operation: Operation): AnyGroupedStream {
    const result = this.result(operation);
    if (result.kind !== "grouped stream") throw new MalformedScenarioError(`${operation.op} of a ${result.kind}`);
    return result.grouped;
  }

  table(operation: Operation): AnyTable {
    const result = this.result(operation);
    if (result.kind !== "table") throw new MalformedScenarioError(`${operation.op} of a ${result.kind}`);
    return result.table;
  }
}

/** Applies an operation; null when it makes nothing that others could refer to. */
export type Apply = (operation: Operation, scene: Scene) => Result | null;

/** Operations of one kind, by their names. */
export type OperationTable = Readonly<Record<string, Apply>>;

export const asStream = (stream: unknown): Result => ({ kind: "stream", stream: stream as AnyStream });
export const asTable = (table: unknown): Result => ({ kind: "table", table: table as AnyTable });
