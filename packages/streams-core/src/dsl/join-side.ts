import { repartitionNames, type Repartition, type SerdeSlot } from "../plan/index.js";
import { appendRepartition, type Flow } from "./flow.js";

/** What a join says about one of its sides. */
export interface JoinSideNeed {
  /** For errors. */
  readonly verb: string;
  /** The name the user gave the repartition topic, without its suffix; undefined: it is called by the stream's node. */
  readonly name: string | undefined;
  readonly key: SerdeSlot;
  readonly value: SerdeSlot;
}

/** A stream as one side of joins. Where its key may have changed, its records go through a repartition topic first (T8). */
export class JoinSide {
  readonly #flow: Flow;
  #repartition: Repartition | null = null;

  constructor(flow: Flow) {
    this.#flow = flow;
  }

  /** The stream as it can be joined. Joins without a name share one repartition topic. */
  ready(need: JoinSideNeed): Flow {
    const { key, value } = need;
    if (!this.#flow.marked) return { ...this.#flow, key, value };
    return { ...this.#flow, key, value, node: this.#repartitioned(need), marked: false };
  }

  #repartitioned({ verb, name, key, value }: JoinSideNeed): Repartition {
    const prefix = name ?? this.#flow.node.name;
    if (name === undefined && this.#repartition !== null) {
      // Kafka Streams draws the numbers of a topic it then does not make.
      repartitionNames(this.#flow.plan.numbers, prefix);
      return this.#repartition;
    }
    this.#repartition = appendRepartition(this.#flow, { prefix, verb, named: name !== undefined, key, value });
    return this.#repartition;
  }
}
