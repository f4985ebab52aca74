export { DirectoryLockedError } from "./disk/directory-lock.js";
export { CorruptLogError } from "./disk/segment.js";
export { embedded, type EmbeddedCluster } from "./embedded.js";
export { UnsupportedCodecError } from "../protocol/index.js";
export type { EmbeddedOptions } from "./embedded-options.js";
export type { MarkerDelay } from "./transaction/transactions.js";
