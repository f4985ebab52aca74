import { validateName } from "../topology/index.js";
import type { TableFlow } from "./flow.js";
import type { Suppressed } from "./suppressed.js";

/** Appends a `suppress`; gives the flow of its result. Its buffer is named after it, with `-store` behind the user's name. */
export function suppressTable(flow: TableFlow, { name: given, suppression, logging }: Suppressed<never>): TableFlow {
  const { plan, node: parent, key, value } = flow;
  if (given !== undefined) validateName(given);
  // As in Kafka Streams, a name of the user's saves both numbers.
  const name = given ?? plan.numbers.numbered("KTABLE-SUPPRESS-");
  const buffer = Object.freeze({
    name: given === undefined ? plan.numbers.store("KTABLE-SUPPRESS-") : `${given}-store`,
    named: given !== undefined,
    kind: "suppress-buffer" as const,
    key,
    value,
    caching: false,
    logging: logging !== false,
    changelogConfig: Object.freeze(typeof logging === "object" ? { ...logging } : {}),
    engine: "default" as const,
    maxEntries: null,
  });
  const node = plan.append({ kind: "tableSuppress", name, parents: [parent], suppression, buffer });
  return { ...flow, node };
}
