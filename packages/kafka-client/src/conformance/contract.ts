import type { Environment } from "@millrace/kernel";
import type { KafkaClient } from "../port/client.js";

/** The three words of a test runner that the suite needs; vitest's and node:test's own fit. */
export interface ContractRunner {
  describe(name: string, body: () => void): void;
  it(name: string, body: () => Promise<void>): void;
}

/** How late timers are on a machine that is very busy: far below what any wait would take that must not be. */
export const LATE_MS_MAX = 10_000;

/** A cluster under test, empty at first, and the time it lives in. */
export interface ContractWorld {
  readonly environment: Environment;
  /** How late timers may be, in ms: 0 where the clock is virtual. Without it {@link LATE_MS_MAX}. */
  readonly lateMsMax?: number;
  /** A new client of the cluster. The suite closes it. */
  connect(): KafkaClient;
  /** Compacts what is decided and no longer written to, or does nothing where the cluster comes to it by itself. */
  compact(): Promise<void>;
  /** Lets the world go on until `work` has settled; a virtual clock is moved here. */
  drive<T>(work: Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** What a test of the suite is given. */
export interface ContractTest {
  readonly world: ContractWorld;
  readonly client: KafkaClient;
  /** A topic, group or transactional id that no other test uses. */
  readonly name: (stem: string) => string;
}

/** Declares a test of the suite. */
export type Declare = (name: string, body: (test: ContractTest) => Promise<void>) => void;
