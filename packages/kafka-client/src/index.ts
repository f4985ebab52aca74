export * from "./client/index.js";
export * from "./embedded/index.js";
export * from "./kafkajs/index.js";
export * from "./port/index.js";
