import { repartitionNames, type Repartition } from "../plan/index.js";
import { appendRepartition, type Flow, type RepartitionNeed } from "./flow.js";

/** The repartition topic of one stream's joins. Later joins use it again where they and Kafka Streams give it no name. */
export class JoinRepartition {
  #present: Repartition | null = null;

  /** The stream partitioned by its key: through a topic if its key may have changed. Draws numbers for one either way. */
  of(flow: Flow, need: RepartitionNeed): Flow {
    if (!flow.marked) return flow;
    if (this.#present !== null && need.prefix === flow.node.name) {
      repartitionNames(flow.plan.numbers, need.prefix);
    } else {
      this.#present = appendRepartition(flow, need);
    }
    return { ...flow, node: this.#present, key: need.key, value: need.value, marked: false };
  }
}
