export {
  AppClosedError,
  AppOptionsError,
  AppStateError,
  CopartitionError,
  InternalTopicError,
  UnknownStoreError,
} from "./app-errors.js";
export type { CloseOptions, StateListener } from "./app-life.js";
export type { ProcessingGuarantee, StreamsAppOptions } from "./app-options.js";
export type { AppState } from "./app-state.js";
export type { LocalStore } from "./local-store.js";
export type { AppModule, AppModuleOptions, ThreadedAppOptions } from "./threads/app-module.js";
export { AppModuleError, AppThreadError } from "./threads/thread-errors.js";
export type { ThreadedApp } from "./threads/threaded-app.js";
export { StreamsApp } from "./streams-app.js";
export type { WorkerInfo } from "./worker-pool.js";
