import { validateName } from "../topology/index.js";
import type { NodeNumbers } from "./node-numbers.js";

/** Names that come with a repartition topic. */
export interface RepartitionNames {
  /** Without the application's prefix. */
  readonly topic: string;
  readonly sink: string;
  readonly filter: string;
  readonly source: string;
}

const suffix = "-repartition";
const numberedName = /^KSTREAM.*-\d{10}$/;

/** The topic's name for a user's or a generated one. */
export function repartitionTopic(prefix: string): string {
  const topic = prefix.endsWith(suffix) ? prefix : prefix + suffix;
  validateName(topic);
  return topic;
}

/** Draws three numbers; only a topic with a numbered name uses them (semantics §2.9). */
export function repartitionNames(numbers: NodeNumbers, prefix: string): RepartitionNames {
  const topic = repartitionTopic(prefix);
  const sink = numbers.numbered("KSTREAM-SINK-");
  const filter = numbers.numbered("KSTREAM-FILTER-");
  const source = numbers.numbered("KSTREAM-SOURCE-");
  if (numberedName.test(prefix)) return { topic, sink, filter, source };
  return { topic, sink: `${topic}-sink`, filter: `${topic}-filter`, source: `${topic}-source` };
}
