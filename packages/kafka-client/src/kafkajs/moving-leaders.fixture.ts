import { sleep, systemEnvironment } from "@millrace/kernel";
import type { TopicDescription } from "../port/admin.js";
import type { Request } from "../protocol/requests/request.js";
import { RequestWriter } from "../protocol/requests/writer.js";
import { connectionSettings } from "./kafka-options.js";
import { KafkajsClient } from "./kafkajs-client.js";
import { KafkajsTransport } from "./transport/kafkajs-transport.js";

const TIMEOUT_MS = 10_000;
const { scheduler } = systemEnvironment();

/** What is moved, anew for each round. */
export interface MovingOptions {
  readonly everyMs: number;
  /** Their names; null: all but the cluster's own. */
  readonly topics: readonly string[] | null;
}

/** Gives partitions to the next of their replicas, round after round, as administrators do who balance a cluster. */
export class MovingLeaders {
  /** How often a partition was seen with another leader than before. */
  moves = 0;
  readonly #transport: KafkajsTransport;
  readonly #client: KafkajsClient;
  readonly #leaders = new Map<string, number | null>();
  readonly #moving: Promise<void>;
  #over = false;

  constructor(brokers: readonly string[], options: MovingOptions) {
    const settings = connectionSettings({ brokers });
    this.#transport = new KafkajsTransport(settings);
    this.#client = new KafkajsClient(settings);
    this.#moving = this.#move(options);
  }

  /** Throws what kept it from moving them. */
  async stop(): Promise<void> {
    this.#over = true;
    try {
      await this.#moving;
    } finally {
      await this.#client.close();
      await this.#transport.close();
    }
  }

  async #move({ everyMs, topics }: MovingOptions): Promise<void> {
    const admin = this.#client.admin();
    while (!this.#over) {
      const described = await admin.describeTopics(topics ?? (await admin.listTopics()));
      const present = [...described.values()].filter((topic) => topic !== null);
      this.#count(present);
      const node = await this.#transport.anyNode();
      await this.#transport.send(node, turnReplicasRequest(present));
      await this.#transport.send(node, electFirstRequest);
      await sleep(scheduler, everyMs);
    }
  }

  #count(topics: readonly TopicDescription[]): void {
    for (const { name, topicId, placement } of topics) {
      for (const [partition, { leader }] of placement.entries()) {
        const key = `${name} ${topicId} ${partition}`;
        if ((this.#leaders.get(key) ?? leader) !== leader) this.moves++;
        this.#leaders.set(key, leader);
      }
    }
  }
}

/** AlterPartitionReassignments v0: the same replicas, the second one first. */
function turnReplicasRequest(topics: readonly TopicDescription[]): Request<null> {
  return {
    ...{ name: "AlterPartitionReassignments", apiKey: 45, apiVersion: 0, flexible: true },
    waitMs: TIMEOUT_MS,
    encode: () => {
      const writer = new RequestWriter();
      writer.int32(TIMEOUT_MS).compactArray(topics, ({ name, placement }) => {
        writer.compactString(name).compactArray(placement.entries(), ([partition, { replicas }]) => {
          const turned = [...replicas.slice(1), ...replicas.slice(0, 1)];
          writer
            .int32(partition)
            .compactArray(turned, (replica) => writer.int32(replica))
            .tags();
        });
        writer.tags();
      });
      return writer.tags().bytes();
    },
    decode: () => null,
  };
}

/** ElectLeaders v0: of all partitions (an array of length -1), the first of their replicas. */
const electFirstRequest: Request<null> = {
  ...{ name: "ElectLeaders", apiKey: 43, apiVersion: 0, flexible: false },
  waitMs: TIMEOUT_MS,
  encode: () => new RequestWriter().int32(-1).int32(TIMEOUT_MS).bytes(),
  decode: () => null,
};
