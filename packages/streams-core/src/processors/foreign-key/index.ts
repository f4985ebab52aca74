export { answerSubscribers, answerSubscription } from "./answer-subscriptions.js";
export { codedKeySerde, codedSubscriptionSerde } from "./coded-key-serde.js";
export { keepSubscriptions } from "./keep-subscriptions.js";
export { resolveResponses, type ForeignKeyJoiner } from "./resolve-responses.js";
export { sendSubscriptions, type ForeignKeyOf } from "./send-subscriptions.js";
export { responseSerde, subscriptionSerde } from "./subscription-serde.js";
export type { SubscriptionResponse } from "./subscription.js";
