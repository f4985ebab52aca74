export type * from "./bytes-store.js";
export type * from "./store-key.js";
export type * from "./task-state.js";
