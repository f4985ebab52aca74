import type { Operation, SerdeName } from "../scenario.js";
import { has, serdeNameIn, textIn, textsIn } from "../values/fields.js";
import { defaultSerde } from "../values/serde-named.js";

/** How a topic's keys and values read and are written. */
export interface SerdePair {
  readonly key: SerdeName;
  readonly value: SerdeName;
}

/** With which serdes a scenario's topics are piped and read: those of the operations that name the topics. */
export class TopicSerdes {
  readonly #inputs = new Map<string, SerdePair>();
  readonly #outputs = new Map<string, SerdePair>();
  #dynamicOutput: SerdePair | null = null;

  /** The operation reads its topics. */
  addInput(operation: Operation): void {
    for (const topic of topicsOf(operation)) this.#inputs.set(topic, serdePair(operation));
  }

  /** The operation writes its topic, or topics that it names record by record. The first one to name a topic counts. */
  addOutput(operation: Operation): void {
    if (has(operation, "topicExtractor")) this.#dynamicOutput = serdePair(operation);
    else if (!this.#outputs.has(textIn(operation, "topic"))) {
      this.#outputs.set(textIn(operation, "topic"), serdePair(operation));
    }
  }

  ofInput(topic: string): SerdePair | null {
    return this.#inputs.get(topic) ?? null;
  }

  /** Null for a topic that no operation of the scenario writes: an internal one. */
  ofOutput(topic: string): SerdePair | null {
    const named = this.#outputs.get(topic);
    return named ?? (topic.startsWith("app-") ? null : this.#dynamicOutput);
  }
}

export function topicsOf(operation: Operation): readonly string[] {
  return has(operation, "topic") ? [textIn(operation, "topic")] : textsIn(operation, "topics");
}

function serdePair(operation: Operation): SerdePair {
  return {
    key: serdeNameIn(operation, "key") ?? defaultSerde,
    value: serdeNameIn(operation, "value") ?? defaultSerde,
  };
}
