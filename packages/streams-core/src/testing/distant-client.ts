import { RetriableError, type GroupConsumer, type KafkaClient, type StreamsProducer } from "@millrace/kafka-client";
import { sleep, type Environment } from "@millrace/kernel";

/** How far away the cluster is, and how often an answer is lost. */
export interface Distance {
  readonly latencyMs: () => number;
  /** How long producers gather records before they send them by themselves. */
  readonly lingerMs: number;
  /** Asked at each answer to a commit: true loses it, and the caller is told to try again. */
  readonly losesAnswer: () => boolean;
}

type AsyncMethod = (...args: never[]) => Promise<unknown>;

/**
 * A client whose requests and answers take time on the way, so that an instance can crash before a request, between
 * request and answer, or after it. Polls are left as they are.
 */
export function distantClient(client: KafkaClient, environment: Environment, distance: Distance): KafkaClient {
  const travel = (): Promise<void> => sleep(environment.scheduler, distance.latencyMs());
  const distant = <M extends AsyncMethod>(method: M, owner: object, mayLose = false): M => {
    const call = async (...args: never[]): Promise<unknown> => {
      await travel();
      const answer: unknown = await method.apply(owner, args);
      await travel();
      if (mayLose && distance.losesAnswer()) throw new RetriableError("The answer was lost. Try again.");
      return answer;
    };
    return call as M;
  };
  const producerOf = (producer: StreamsProducer): StreamsProducer =>
    overlay(producer, {
      init: distant(producer.init, producer),
      flush: distant(producer.flush, producer),
      sendOffsets: distant(producer.sendOffsets, producer, true),
      commit: distant(producer.commit, producer, true),
      abort: distant(producer.abort, producer, true),
    });
  const consumerOf = (consumer: GroupConsumer): GroupConsumer =>
    overlay(consumer, {
      commit: distant(consumer.commit, consumer, true),
      committed: distant(consumer.committed, consumer),
    });
  return overlay(client, {
    producer: (config) => producerOf(client.producer({ ...config, lingerMs: distance.lingerMs })),
    groupConsumer: (config) => consumerOf(client.groupConsumer(config)),
  });
}

/** `original`, with some members replaced; calls of the others reach it as they are. */
function overlay<T extends object>(original: T, replaced: Partial<T>): T {
  return new Proxy(original, {
    get: (_, name) => {
      if (name in replaced) return replaced[name as keyof T];
      const member: unknown = Reflect.get(original, name, original);
      return typeof member === "function" ? (member.bind(original) as unknown) : member;
    },
  });
}
