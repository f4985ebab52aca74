/**
 * Settings of a topic that states none. Kafka's defaults, but for one: nothing is deleted by age (`retention.ms` is
 * -1, not seven days), because records with small timestamps would vanish from tests and demos within minutes.
 */
export const topicDefaults: Readonly<Record<string, string>> = {
  "cleanup.policy": "delete",
  "compression.type": "producer",
  "delete.retention.ms": "86400000",
  "max.message.bytes": "1048588",
  "message.timestamp.type": "CreateTime",
  "min.cleanable.dirty.ratio": "0.5",
  "min.compaction.lag.ms": "0",
  "retention.bytes": "-1",
  "retention.ms": "-1",
  "segment.bytes": "67108864",
};
