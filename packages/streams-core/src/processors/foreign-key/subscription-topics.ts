/**
 * What serdes are told of the bytes in subscriptions, under which a registry keeps their schemas, as in Kafka Streams: names
 * made of the real one of the subscription topic, of which there are no topics.
 */
export interface SubscriptionTopics {
  readonly subscription: string;
  readonly primaryKey: string;
  readonly foreignKey: string;
  readonly valueHash: string;
}

/** `topic` without the application's prefix. */
export function subscriptionTopics(applicationId: string, topic: string): SubscriptionTopics {
  const subscription = `${applicationId}-${topic}`;
  return {
    subscription,
    primaryKey: `${subscription}-pk`,
    foreignKey: `${subscription}-fk`,
    valueHash: `${subscription}-vh`,
  };
}
