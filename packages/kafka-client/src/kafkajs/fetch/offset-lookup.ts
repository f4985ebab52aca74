import type { Isolation } from "../../port/client.js";
import type { OffsetMap, TopicPartition } from "../../port/topic-partition.js";
import { listOffsetsRequest, type ListedOffset } from "../../protocol/requests/list-offsets.js";
import type { LogEnds } from "../../reading/partition-reader.js";
import type { ConnectionSettings } from "../kafka-options.js";
import { askLeaders } from "../transport/ask-leaders.js";
import type { Transport } from "../transport/transport.js";

/** Asks where logs begin and end. Rejects as {@link askLeaders} does. */
export class OffsetLookup implements LogEnds {
  readonly #transport: Transport;
  readonly #settings: ConnectionSettings;

  constructor(transport: Transport, settings: ConnectionSettings) {
    this.#transport = transport;
    this.#settings = settings;
  }

  beginningOffsets(partitions: readonly TopicPartition[]): Promise<OffsetMap> {
    return this.listOffsets(partitions, "earliest", "read_uncommitted");
  }

  endOffsets(partitions: readonly TopicPartition[], isolation: Isolation): Promise<OffsetMap> {
    return this.listOffsets(partitions, "latest", isolation);
  }

  /** `at` a number: the first offset whose timestamp is not smaller; the end when there is none. */
  async listOffsets(
    partitions: readonly TopicPartition[],
    at: "earliest" | "latest" | number,
    isolation: Isolation,
  ): Promise<OffsetMap> {
    const listed = await this.#ask(partitions, at, isolation);
    const tooYoung = partitions.filter((partition) => listed.get(partition)!.offset < 0);
    const ends = tooYoung.length === 0 ? listed : await this.#ask(tooYoung, "latest", isolation);
    return new Map(
      partitions.map((partition) => {
        const { offset } = listed.get(partition)!;
        return [partition, offset < 0 ? ends.get(partition)!.offset : offset];
      }),
    );
  }

  #ask(
    partitions: readonly TopicPartition[],
    at: "earliest" | "latest" | number,
    isolation: Isolation,
  ): Promise<Map<TopicPartition, ListedOffset>> {
    const epoch = (partition: TopicPartition): number => this.#transport.leaderEpoch(partition);
    return askLeaders(this.#transport, this.#settings, partitions, {
      what: "Listing the offsets",
      request: (led) => listOffsetsRequest(led, at, isolation, epoch),
    });
  }
}
