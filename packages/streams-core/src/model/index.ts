export type * from "./async-work.js";
export { Change } from "./change.js";
export type * from "./context.js";
export { InvalidArgumentError, StreamsError, TopologyError } from "./errors.js";
export type * from "./extractors.js";
export { noHeaders, type Header, type Headers } from "./headers.js";
export type { KeptTime, NodeContext } from "./node-context.js";
export type * from "./processor.js";
export type * from "./record-origin.js";
export { StreamRecord } from "./record.js";
export type { Serde, SerdeContext } from "./serde.js";
export type * from "./state-store.js";
export type * from "./stream-join-buffer.js";
export type * from "./suppress-store.js";
export { taskIdText, type TaskId } from "./task-id.js";
export {
  continueOnError,
  failOnError,
  type ErrorContext,
  type ErrorHandlers,
  type ErrorVerdict,
} from "./error-handlers.js";
export type * from "./table-store.js";
export type * from "./unmatched-store.js";
export * from "./window-stores.js";
export { Windowed } from "./windowed.js";
export type * from "./windows.js";
