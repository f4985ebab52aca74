import type { StreamsAdmin } from "../port/admin.js";
import type { KafkaClient } from "../port/client.js";

/** Administration of topics, offsets and groups of a cluster. */
export type Admin = StreamsAdmin;

/** The administration of `client`'s cluster. */
export function admin(client: KafkaClient): Admin {
  return client.admin();
}
