import { systemEnvironment, type Environment } from "@millrace/kernel";
import type { KafkaConfig } from "kafkajs";

/** How to log in. The mechanisms are those of kafkajs; `oauthBearerProvider` gives a fresh token each time it is called. */
export type SaslOptions =
  | {
      readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512";
      readonly username: string;
      readonly password: string;
    }
  | { readonly mechanism: "oauthbearer"; readonly oauthBearerProvider: () => Promise<{ readonly value: string }> };

/** How to reach a Kafka cluster. Every field but `brokers` has a default; times are in milliseconds. */
export interface KafkaOptions {
  /** Where to ask first: `host:port`, several of them so that one may be down. Brokers 2.8 to 4.x. */
  readonly brokers: readonly string[];
  /** Names this program in the brokers' logs and quotas. Default `millrace`. */
  readonly clientId?: string;
  /** True for TLS with the system's certificates, or options of node's `tls.connect` (`ca`, `cert`, `key`). Default: no TLS. */
  readonly ssl?: Exclude<KafkaConfig["ssl"], undefined>;
  /** Default: no login. */
  readonly sasl?: SaslOptions;
  /** How long one broker may take to accept a connection. Default 10 000. */
  readonly connectionTimeoutMs?: number;
  /** How long an answer may take, on top of what the broker waits on purpose. Default 30 000. */
  readonly requestTimeoutMs?: number;
  /** How long a call tries again before it gives up with RetriableError, connecting to the first broker included. Default 60 000. */
  readonly apiTimeoutMs?: number;
  /** The first pause before something is tried again; it doubles with each failure. Default 100. */
  readonly retryBackoffMs?: number;
  /** The longest such pause. Default 1 000. */
  readonly retryBackoffMaxMs?: number;
  /** How old the knowledge of topics and leaders may get before it is asked for again. Default 300 000. */
  readonly metadataMaxAgeMs?: number;
  /** Verify the checksum of every batch that is read, as Java's `check.crcs` does. Default true. */
  readonly checkCrcs?: boolean;
  /** Where time, chance and logging come from. Default: the system's. */
  readonly environment?: Partial<Environment>;
}

/** The options with every default in place. */
export interface ConnectionSettings {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly ssl: KafkaConfig["ssl"];
  readonly sasl: SaslOptions | undefined;
  readonly connectionTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly apiTimeoutMs: number;
  readonly retryBackoffMs: number;
  readonly retryBackoffMaxMs: number;
  readonly metadataMaxAgeMs: number;
  readonly checkCrcs: boolean;
  readonly environment: Environment;
}

export function connectionSettings(options: KafkaOptions): ConnectionSettings {
  return {
    brokers: options.brokers,
    clientId: options.clientId ?? "millrace",
    ssl: options.ssl,
    sasl: options.sasl,
    connectionTimeoutMs: options.connectionTimeoutMs ?? 10_000,
    requestTimeoutMs: options.requestTimeoutMs ?? 30_000,
    apiTimeoutMs: options.apiTimeoutMs ?? 60_000,
    retryBackoffMs: options.retryBackoffMs ?? 100,
    retryBackoffMaxMs: options.retryBackoffMaxMs ?? 1_000,
    metadataMaxAgeMs: options.metadataMaxAgeMs ?? 300_000,
    checkCrcs: options.checkCrcs ?? true,
    environment: systemEnvironment(options.environment),
  };
}
