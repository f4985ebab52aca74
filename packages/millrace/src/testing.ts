/** Testing topologies without an app: a driver that runs them synchronously, and a context for single processors. */
export * from "@millrace/streams-core/testing";
