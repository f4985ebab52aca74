import { validateName } from "../topology/index.js";
import type { NodeNumbers } from "./node-numbers.js";

/** Names that come with a foreign-key join. */
export interface ForeignKeyNames {
  /** Without the application's prefix, as that of the responses. */
  readonly subscriptionTopic: string;
  readonly send: string;
  readonly subscriptionSink: string;
  readonly subscriptionSource: string;
  readonly store: string;
  readonly keep: string;
  readonly answerOne: string;
  readonly answerAll: string;
  readonly responseTopic: string;
  readonly responseSink: string;
  readonly responseSource: string;
  readonly resolve: string;
  readonly result: string;
}

const registration = "KTABLE-FK-JOIN-SUBSCRIPTION-REGISTRATION-";
const processor = "KTABLE-FK-JOIN-SUBSCRIPTION-PROCESSOR-";

/** Draws the numbers of a foreign-key join in Kafka Streams' order, with or without a name (semantics §2.9). */
export function foreignKeyNames(numbers: NodeNumbers, name: string | undefined): ForeignKeyNames {
  const suffixed = (prefix: string, suffix: string) => numbers.suffixed(prefix, name, suffix);
  const topic = (prefix: string, suffix: string) => {
    const full = `${suffixed(prefix, suffix)}-topic`;
    validateName(full);
    return full;
  };
  return {
    subscriptionTopic: topic(registration, "-subscription-registration"),
    send: suffixed(registration, "-subscription-registration-processor"),
    subscriptionSink: suffixed("KTABLE-SINK-", "-subscription-registration-sink"),
    subscriptionSource: suffixed("KTABLE-SOURCE-", "-subscription-registration-source"),
    store: suffixed("KTABLE-FK-JOIN-SUBSCRIPTION-STATE-STORE-", "-subscription-store"),
    keep: suffixed(processor, "-subscription-receive"),
    answerOne: suffixed(processor, "-subscription-join-foreign"),
    answerAll: suffixed(processor, "-foreign-join-subscription"),
    responseTopic: topic("KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-", "-subscription-response"),
    responseSink: suffixed("KTABLE-SINK-", "-subscription-response-sink"),
    responseSource: suffixed("KTABLE-SOURCE-", "-subscription-response-source"),
    resolve: suffixed("KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-RESOLVER-PROCESSOR-", "-subscription-response-resolver"),
    result: suffixed("KTABLE-FK-JOIN-OUTPUT-", "-result"),
  };
}
