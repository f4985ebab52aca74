import type { GroupConsumerConfig, ProducerConfig } from "@millrace/kafka-client";

/** How readers of changelogs and of global topics fetch. */
export type FetchSettings = Pick<GroupConsumerConfig, "fetchMaxBytesPerPartition">;

/** What users may set of the clients of an app; what they have not set is left to the client. */
export interface ClientSettings {
  /** Of the group's members. */
  readonly consumer: FetchSettings &
    Pick<GroupConsumerConfig, "sessionTimeoutMs" | "heartbeatIntervalMs" | "maxPollIntervalMs" | "maxPollRecords">;
  readonly fetching: FetchSettings;
  readonly producer: Pick<ProducerConfig, "compression" | "lingerMs" | "batchBytes">;
}
