export { Change } from "../model/index.js";
export { changeSerde } from "../processors/change-serde.js";
export { sessionStoreKey, timeFirstWindowKey, timestampedValue, windowStoreKey } from "./store-keys.js";
export { murmur3 } from "../serde/murmur3.js";
