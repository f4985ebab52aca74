import type { ManualConsumer, RestoreConsumerConfig } from "../../port/consumer.js";
import { fetchLimits } from "../../reading/fetch-session.js";
import { PartitionsConsumer } from "../../reading/partitions-consumer.js";
import { Fetcher } from "../fetch/fetcher.js";
import { OffsetLookup } from "../fetch/offset-lookup.js";
import type { ConnectionSettings } from "../kafka-options.js";
import { KafkajsTransport } from "../transport/kafkajs-transport.js";
import type { Transport } from "../transport/transport.js";

/** A consumer without a group, on sockets of its own. Questions about offsets go to `shared`: a waiting fetch would hold them up. */
export function restoreConsumer(
  shared: Transport,
  settings: ConnectionSettings,
  config: RestoreConsumerConfig,
  onClose: () => void,
): ManualConsumer {
  const limits = fetchLimits(config);
  let fetcher: Fetcher | null = null;
  const origin = {
    ends: new OffsetLookup(shared, settings),
    source: (onData: () => void) =>
      (fetcher = new Fetcher({ transport: new KafkajsTransport(settings), settings, limits, onData })),
  };
  return new PartitionsConsumer(origin, limits, settings.environment, async () => {
    await fetcher?.close();
    onClose();
  });
}
