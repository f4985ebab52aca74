import type { Processor } from "@millrace/streams-core";
import { made, type FunctionTable } from "../functions/function-table.js";
import type { NamedFunction } from "../scenario.js";
import { has, numberIn, textIn } from "../values/fields.js";
import { CountPunctuator } from "./count-punctuator.js";
import {
  AddHeader,
  DropHeaders,
  FanOut,
  Metadata,
  PassThrough,
  Route,
  ShiftTimestamp,
  ThrowIf,
} from "./record-changers.js";
import { SessionShell } from "./session-shell.js";
import { StoreShell } from "./store-shell.js";
import { Dedupe, GlobalUpdate, Lookup } from "./store-users.js";
import { VersionedShell } from "./versioned-shell.js";
import { WindowShell } from "./window-shell.js";

const utf8 = new TextEncoder();

const PROCESSORS: FunctionTable<() => Processor> = {
  passThrough: () => () => new PassThrough(),
  dedupe: (args) => () => new Dedupe(textIn(args, "store")),
  countPunctuator: (args) => () =>
    new CountPunctuator({
      store: textIn(args, "store"),
      intervalMs: numberIn(args, "intervalMs"),
      type: textIn(args, "type") === "stream" ? "stream-time" : "wall-clock",
      startMs: has(args, "startMs") ? numberIn(args, "startMs") : null,
      cancelAfter: has(args, "cancelAfter") ? numberIn(args, "cancelAfter") : null,
    }),
  storeShell: (args) => () => new StoreShell(textIn(args, "store")),
  windowShell: (args) => () => new WindowShell(textIn(args, "store")),
  sessionShell: (args) => () => new SessionShell(textIn(args, "store")),
  versionedShell: (args) => () => new VersionedShell(textIn(args, "store")),
  addHeader: (args) => () =>
    new AddHeader({ key: textIn(args, "key"), value: has(args, "value") ? utf8.encode(textIn(args, "value")) : null }),
  dropHeaders: () => () => new DropHeaders(),
  shiftTimestamp: (args) => () => new ShiftTimestamp(numberIn(args, "ms")),
  metadata: () => () => new Metadata(),
  route: () => () => new Route(),
  fanOut: (args) => () => new FanOut(numberIn(args, "times")),
  throwIf: (args) => () => new ThrowIf(textIn(args, "equals")),
  lookup: (args) => () => new Lookup(textIn(args, "store")),
  globalUpdate: (args) => () => new GlobalUpdate(textIn(args, "store")),
};

/** Makes a new processor of that name on every call. */
export function processorMaker(named: NamedFunction): () => Processor {
  return made("processor", PROCESSORS, named);
}
