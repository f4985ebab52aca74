import { BOOTSTRAP_VARIABLE, OWN_BROKERS_VARIABLE } from "./shared-broker.js";

/** `host:port` of the brokers that all tests of a run share: names of topics and groups must be unique. */
export function sharedBrokers(): string[] {
  return (process.env[BOOTSTRAP_VARIABLE] ?? "").split(",").filter(Boolean);
}

/** Whether `startBroker` works here; `describe.runIf(canStartBrokers)` skips where it does not. */
export const canStartBrokers: boolean = process.env[OWN_BROKERS_VARIABLE] === "yes";
